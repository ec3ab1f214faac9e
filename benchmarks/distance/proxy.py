"""A TCP proxy that makes a server seem far away."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import parse_qs, unquote, urlsplit

_CHUNK = 65536


class Proxy:
    """Hands on what it gets half of `delay` seconds later, in both directions; `most` connections were open at once."""

    def __init__(self, upstream: str, delay: float) -> None:
        self._upstream = upstream
        self._delay = delay
        self._open = 0
        self.most = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, until either side ends it."""
        self._open += 1
        self.most = max(self.most, self._open)
        try:
            there, back = await _connect(self._upstream)
            ways = [asyncio.create_task(self._carry(reader, back)), asyncio.create_task(self._carry(there, writer))]
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            back.close()
        finally:
            self._open -= 1
            writer.close()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """In order: what comes while something is on its way arrives as much later."""
        loop = asyncio.get_running_loop()
        with suppress(ConnectionError):
            while chunk := await reader.read(_CHUNK):
                loop.call_later(self._delay / 2, writer.write, chunk)
            await asyncio.sleep(self._delay)


async def _connect(url: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """To the server that a postgresql:// URL names, by TCP or by a socket in a folder."""
    parts = urlsplit(url)
    folder = parse_qs(parts.query).get("host", [""])[0]
    if folder:
        return await asyncio.open_unix_connection(f"{unquote(folder)}/.s.PGSQL.{parts.port or 5432}")
    return await asyncio.open_connection(parts.hostname or "127.0.0.1", parts.port or 5432)


@asynccontextmanager
async def open_proxy(url: str, delay: float) -> AsyncIterator[tuple[Proxy, str]]:
    """A proxy before this Postgres, and the URL that leads through it. `delay` is a round trip's, in seconds.

    The URL's options are kept, unless they name the folder of a socket.
    """
    proxy = Proxy(url, delay)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    parts = urlsplit(url)
    user = f"{parts.username}:{parts.password or ''}@" if parts.username else ""
    try:
        options = f"?{parts.query}" if parts.query and "host" not in parse_qs(parts.query) else ""
        yield proxy, f"postgresql://{user}127.0.0.1:{port}{parts.path}{options}"
    finally:
        server.close()
