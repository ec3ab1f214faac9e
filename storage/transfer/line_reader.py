"""Lines of a file that may hold anything, in bounded memory."""

from collections.abc import Iterator
from typing import BinaryIO

MAX_LINE = 1 << 20
_BOM = b"\xef\xbb\xbf"


class LineTooLong(Exception):
    """A line of more than MAX_LINE bytes; it was passed over."""


class LineReader:
    """Gives a file's lines with their endings; a byte order mark is dropped.

    `number` is the last line's, from 1; `position` is how many bytes were read.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.number = 0
        self.position = 0

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        """Raises LineTooLong; the next call goes on behind that line."""
        line = self._read()
        if not line:
            raise StopIteration
        self.number += 1
        if len(line) > MAX_LINE:
            while line and not line.endswith(b"\n"):
                line = self._read()
            raise LineTooLong(f"the line is longer than {MAX_LINE:,} bytes")
        return line.removeprefix(_BOM) if self.number == 1 else line

    def _read(self) -> bytes:
        line = self._file.readline(MAX_LINE + 1)
        self.position += len(line)
        return line
