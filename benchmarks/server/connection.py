"""A keep-alive connection that costs the client little, so that the server is what keeps others waiting."""

import asyncio
from urllib.parse import urlsplit

_HEAD = (
    "POST {path} HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\naccept: application/json\r\n"
    "content-length: {length}\r\n\r\n"
)


class Connection:
    """One connection, which asks one request after the other."""

    def __init__(self, url: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        parts = urlsplit(url)
        self._path, self._host = parts.path, parts.netloc
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(cls, url: str) -> "Connection":
        """Must be closed."""
        parts = urlsplit(url)
        return cls(url, *await asyncio.open_connection(parts.hostname, parts.port))

    async def ask(self, body: bytes) -> bytes:
        """The answer's body. Raises ValueError for an answer that is not 200."""
        head = _HEAD.format(path=self._path, host=self._host, length=len(body))
        self._writer.write(head.encode() + body)
        lines = (await self._reader.readuntil(b"\r\n\r\n")).lower().split(b"\r\n")
        length = next(int(line[15:]) for line in lines if line.startswith(b"content-length:"))
        answer = await self._reader.readexactly(length)
        if b" 200 " not in lines[0]:
            raise ValueError(answer.decode())
        return answer

    def close(self) -> None:
        self._writer.close()
