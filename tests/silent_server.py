"""A server that accepts connections and never answers, as one that hangs does."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class SilentServer:
    """Counts the connections that it accepted."""

    def __init__(self) -> None:
        self.accepted = 0
        self.port = 0
        self._writers: list[asyncio.StreamWriter] = []

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Keep the connection, and read nothing from it."""
        self.accepted += 1
        self._writers.append(writer)

    def close(self) -> None:
        """Close all connections."""
        for writer in self._writers:
            writer.close()


@asynccontextmanager
async def open_silent_server() -> AsyncIterator[SilentServer]:
    """One on a free port of this machine."""
    silent = SilentServer()
    async with await asyncio.start_server(silent.accept, "127.0.0.1") as server:
        silent.port = server.sockets[0].getsockname()[1]
        yield silent
        silent.close()
