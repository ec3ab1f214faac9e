"""A way to a Postgres that can fall silent, connections staying open, or lead to another server."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import parse_qs, urlsplit


class Way:
    """Passes bytes on while `open`. A new connection leads to the server of `target`, a URL."""

    def __init__(self, target: str) -> None:
        self.target = target
        self.open = asyncio.Event()
        self.open.set()
        self.url = ""

    async def pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Until either end closes."""
        try:
            while data := await reader.read(65536):
                await self.open.wait()
                writer.write(data)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()


@asynccontextmanager
async def open_way(url: str) -> AsyncIterator[Way]:
    """A way to the server of this URL, on a port of its own."""
    way = Way(url)
    ends: set[asyncio.Task[None]] = set()

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await _connect(way.target)
        for pair in ((reader, far_writer), (far_reader, writer)):
            ends.add(asyncio.create_task(way.pass_on(*pair)))

    server = await asyncio.start_server(meet, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    parts = urlsplit(url)
    way.url = f"postgresql://{parts.username or 'postgres'}@127.0.0.1:{port}{parts.path}"
    try:
        yield way
    finally:
        server.close()
        for end in ends:
            end.cancel()
        await asyncio.gather(*ends, return_exceptions=True)


async def _connect(url: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    parts = urlsplit(url)
    folder = parse_qs(parts.query).get("host", [""])[0]
    if folder.startswith("/"):
        return await asyncio.open_unix_connection(f"{folder}/.s.PGSQL.{parts.port or 5432}")
    return await asyncio.open_connection(re.sub(r"^$", "127.0.0.1", parts.hostname or ""), parts.port or 5432)
