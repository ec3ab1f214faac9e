"""Standard output of commands: where it can't be written, one exception says so, whatever was writing."""

import os
import signal
import sys
from io import BufferedWriter, FileIO, TextIOWrapper
from typing import Any


class OutputFailed(Exception):
    """Standard output is closed, or full, or nobody reads it any longer. `status` is the command's exit status."""

    def __init__(self, cause: OSError) -> None:
        super().__init__(f"standard output can't be written: {cause.strerror}")
        self.is_unread = isinstance(cause, BrokenPipeError)
        self.status = 128 + signal.SIGPIPE if self.is_unread else 1


class _Raw(FileIO):
    def write(self, data: Any, /) -> int:
        try:
            return super().write(data)
        except OSError as exc:
            raise OutputFailed(exc) from exc


def tell_failures() -> None:
    """Make a write to `sys.stdout` that fails raise OutputFailed, as every write does where it is closed."""
    if sys.stdout is None:
        # A descriptor that takes no writes: otherwise the next file that is opened would be standard output.
        closed = os.open(os.devnull, os.O_RDONLY)
        os.dup2(closed, 1)
        encoding, errors = "utf-8", "strict"
    else:
        encoding, errors = sys.stdout.encoding, sys.stdout.errors or "strict"
    sys.stdout = TextIOWrapper(BufferedWriter(_Raw(1, "w", closefd=False)), encoding, errors, line_buffering=True)


def give_up() -> None:
    """Drop what is still to be written: the interpreter's end would fail at it again."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
