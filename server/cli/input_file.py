"""What a command reads: a file, or standard input. Where it can't be read, one exception names it."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from io import BufferedReader, RawIOBase
from pathlib import Path
from typing import Any, BinaryIO

STANDARD_INPUT = "-"


class InputFailed(OSError):
    """The file, or standard input, can't be read."""

    def __init__(self, file: str, reason: str | None) -> None:
        super().__init__(f"{name_of(file)} can't be read: {reason}")


def name_of(file: str) -> str:
    """What messages call it."""
    return "standard input" if file == STANDARD_INPUT else file


@contextmanager
def open_input(file: str) -> Iterator[BinaryIO]:
    """The bytes of a file, or of standard input for `-`. Opening and reading raise InputFailed."""
    if file == STANDARD_INPUT:
        if sys.stdin is None:
            raise InputFailed(file, "it is closed")
        yield BufferedReader(_Input(sys.stdin.buffer, file))
        return
    with ExitStack() as stack:
        try:
            source = stack.enter_context(Path(file).open("rb"))
        except OSError as exc:
            raise InputFailed(file, exc.strerror) from exc
        yield BufferedReader(_Input(source, file))


class _Input(RawIOBase):
    """Reads the source, which it does not close."""

    def __init__(self, source: Any, file: str) -> None:
        self._source = source
        self._file = file

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        try:
            data = self._source.read1(len(buffer))
        except OSError as exc:
            raise InputFailed(self._file, exc.strerror) from exc
        buffer[: len(data)] = data
        return len(data)
