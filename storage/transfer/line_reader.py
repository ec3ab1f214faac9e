"""Reading the lines of any file in limited memory."""

from collections.abc import Iterator
from typing import BinaryIO

from storage.transfer.reading import Unreadable

MAX_LINE = 1 << 20
_BOM = b"\xef\xbb\xbf"
_OTHERS = {
    b"SQLite format 3\0": "the file is a SQLite database: `freehold export` writes what can be imported",
    b"\xff\xfe": "the file is UTF-16: save it as UTF-8",
    b"\xfe\xff": "the file is UTF-16: save it as UTF-8",
    b"\xd0\xcf\x11\xe0": "the file is an old spreadsheet (.xls): save it as CSV",
    b"\x1f\x8b": "the file is compressed with gzip: unpack it first",
    b"PK\x03\x04": "the file is a ZIP archive or a spreadsheet (.xlsx, .ods): save it as CSV",
}


class LineTooLong(Exception):
    """A line has more than MAX_LINE bytes. It was skipped."""


class LineReader:
    """Iterates over a file's lines with their endings: LF, CRLF or CR. Removes a byte order mark.

    `number` is the number of the last line, from 1; `position` is the number of bytes read.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._pieces = self._split()
        self.number = 0
        self.position = 0

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        """Raises LineTooLong, after which it can continue behind that line, or Unreadable for another kind of file."""
        line = next(self._pieces)
        self.number += 1
        if self.number == 1:
            if line[:2].count(0) == 1:  # without its mark
                raise Unreadable("the file is UTF-16: save it as UTF-8")
            for start, reason in _OTHERS.items():
                if line.startswith(start):
                    raise Unreadable(reason)
            if b"\0" in line:
                raise Unreadable("the file is no text: CSV and NDJSON have no zero bytes")
        if len(line) > MAX_LINE:
            while line and not line.endswith((b"\n", b"\r")):
                line = next(self._pieces, b"")
            raise LineTooLong(f"the line is longer than {MAX_LINE:,} bytes")
        return line.removeprefix(_BOM) if self.number == 1 else line

    def _split(self) -> Iterator[bytes]:
        """The file's lines. A line that is too long comes in pieces, the first of which is too long."""
        rest = b""
        while chunk := self._file.readline(MAX_LINE + 1):
            self.position += len(chunk)
            if not rest and b"\r" not in chunk[:-2] and chunk.endswith(b"\n"):
                yield chunk
                continue
            lines = (rest + chunk).splitlines(keepends=True)
            # The last line may be incomplete, and its carriage return half of a CRLF.
            rest = b"" if lines[-1].endswith(b"\n") else lines.pop()
            yield from lines
            if len(rest) > MAX_LINE:
                yield rest
                rest = b""
        if rest:
            yield rest
