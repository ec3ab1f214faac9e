"""The bad rows of an import, as a CSV file: line, field, reason, row."""

import csv
from io import TextIOWrapper
from pathlib import Path
from types import TracebackType
from typing import TextIO

from storage.transfer.output_file import open_private
from storage.transfer.reading import Reading

_MAX_RAW = 10_000


class ErrorsFile:
    """Made (or made anew) when the first bad row comes; each is on disk before the next is read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: TextIO | None = None

    def add(self, reading: Reading) -> None:
        """Write a line for each problem of the row. Raises OSError."""
        if self._file is None:
            binary = open_private(self.path)
            self._file = TextIOWrapper(binary, encoding="utf-8", errors="backslashreplace", newline="")
            csv.writer(self._file).writerow(["line", "field", "reason", "row"])
        raw = reading.raw if len(reading.raw) <= _MAX_RAW else f"{reading.raw[:_MAX_RAW]}…"
        csv.writer(self._file).writerows(
            [reading.line, problem.field, problem.message, raw] for problem in reading.problems
        )
        self._file.flush()

    def __enter__(self) -> "ErrorsFile":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()
