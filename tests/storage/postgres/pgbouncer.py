"""A PgBouncer in transaction mode before a Postgres, started by the tests."""

import asyncio
import os
import pwd
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from tests.ports import free_port

_CONFIGURATION = """
[databases]
* = {server}

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = {pool_size}
max_client_conn = 100
"""


def find_pgbouncer() -> str | None:
    """The program, which Debian keeps out of a user's path."""
    return shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


@asynccontextmanager
async def open_pgbouncer(program: str, postgres_url: str, *, pool_size: int) -> AsyncIterator[str]:
    """The URL of the same database through a PgBouncer of `pool_size` connections."""
    port = free_port()
    with _configuration(postgres_url, port, pool_size) as path:
        user = _unprivileged_user(postgres_url)
        arguments = [program, *(["-u", user] if user else []), "-q", str(path)]
        process = await asyncio.create_subprocess_exec(*arguments, stderr=asyncio.subprocess.DEVNULL)
        try:
            await _wait_for(port)
            yield f"postgresql://postgres@127.0.0.1:{port}{urlsplit(postgres_url).path}"
        finally:
            process.kill()
            await process.wait()


@contextmanager
def _configuration(postgres_url: str, port: int, pool_size: int) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="freehold-") as folder:
        Path(folder).chmod(0o755)
        path = Path(folder, "pgbouncer.ini")
        path.write_text(_CONFIGURATION.format(server=_server(postgres_url), port=port, pool_size=pool_size))
        yield path


def _server(postgres_url: str) -> str:
    parts = urlsplit(postgres_url)
    fields = {
        "host": parts.hostname or _socket_folder(postgres_url) or "127.0.0.1",
        "port": str(parts.port or 5432),
        "user": unquote(parts.username or "postgres"),
        "password": unquote(parts.password or ""),
    }
    return " ".join(f"{name}={value}" for name, value in fields.items() if value)


def _socket_folder(postgres_url: str) -> str | None:
    return parse_qs(urlsplit(postgres_url).query).get("host", [None])[0]


def _unprivileged_user(postgres_url: str) -> str | None:
    """PgBouncer refuses to run as root: then as who may reach Postgres' socket."""
    if os.geteuid() != 0:
        return None
    folder = _socket_folder(postgres_url)
    owner = pwd.getpwuid(Path(folder).stat().st_uid).pw_name if folder else "root"
    return "nobody" if owner == "root" else owner


async def _wait_for(port: int) -> None:
    async with asyncio.timeout(5):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.02)
            else:
                writer.close()
                await writer.wait_closed()
                return
