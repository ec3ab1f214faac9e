"""The file of an import's bad rows: each as in the source, with its problems. Once corrected, it can be imported."""

import csv
import os
import sys
from contextlib import suppress
from io import TextIOWrapper
from pathlib import Path
from types import TracebackType

import orjson

from storage.transfer.output_file import is_standard_output, open_private
from storage.transfer.reading import REMARKS, Reading


class ErrorsFileFailed(Exception):
    """The file of bad rows at `path` can't be written. The message gives the reason."""

    def __init__(self, path: Path, reason: str | None) -> None:
        super().__init__(reason or "it can't be written")
        self.path = path


class ErrorsFile:
    """Created, or replaced, at the first bad row. Each row is on disk before the next one is read.

    `-` is standard output, as its other names are. Pipes and devices are written to.
    CSV has the columns of the source and those of REMARKS. NDJSON has the source's objects with the same fields added.
    A row that couldn't be parsed is in the field `row`, unchanged.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.is_standard_output = is_standard_output(str(path))
        self._file: TextIOWrapper | None = None

    def check(self) -> None:
        """Raises ErrorsFileFailed if the file couldn't be written. Changes and creates nothing."""
        if self.is_standard_output:
            return
        if os.path.exists(self.path):
            if not os.access(self.path, os.W_OK):
                raise ErrorsFileFailed(self.path, "this process may not write it")
            return
        # The target of a link is created, not the link.
        target = Path(os.path.realpath(self.path)) if os.path.islink(self.path) else self.path
        folder = target.parent
        if not os.path.isdir(folder):
            what = f"{folder} is no folder" if os.path.exists(folder) else f"there is no folder {folder}"
            raise ErrorsFileFailed(self.path, what)
        try:
            open_private(target).close()
            target.unlink()
        except OSError as exc:
            raise ErrorsFileFailed(self.path, exc.strerror) from exc

    def add(self, reading: Reading) -> None:
        """Write the row. Raises ErrorsFileFailed."""
        try:
            self._write(reading)
        except OSError as exc:
            raise ErrorsFileFailed(self.path, exc.strerror) from exc

    def _write(self, reading: Reading) -> None:
        first = self._file is None
        if self._file is None:
            binary = sys.stdout.buffer if self.is_standard_output else open_private(self.path)
            self._file = TextIOWrapper(binary, encoding="utf-8", errors="backslashreplace", newline="")
        if reading.columns is None:
            self._file.write(_json_line(reading))
        else:
            rows = csv.writer(self._file)
            if first:
                rows.writerow([*reading.columns, *REMARKS])
            cells = reading.cells or [""] * len(reading.columns)
            rows.writerow([*cells, *_remarks(reading).values()])
        self._file.flush()

    def __enter__(self) -> "ErrorsFile":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None and self.is_standard_output:
            self._file.detach()
        elif self._file is not None:
            with suppress(OSError):  # each row was flushed, so only a failed one is left
                self._file.close()


def _remarks(reading: Reading) -> dict[str, object]:
    fields = [problem.field for problem in reading.problems]
    reasons = [problem.message for problem in reading.problems]
    if len(reasons) > 1:
        reasons = [f"{field}: {reason}" if field else reason for field, reason in zip(fields, reasons, strict=True)]
    return {
        "line": reading.line,
        "field": "; ".join(field for field in fields if field),
        "reason": "; ".join(reasons),
        "row": "" if reading.cells or reading.is_object else reading.raw,
    }


def _json_line(reading: Reading) -> str:
    remarks = _remarks(reading)
    if not reading.is_object:
        return f"{_dump(remarks)}\n"
    del remarks["row"]
    values = orjson.loads(reading.raw)
    if not values.keys().isdisjoint(REMARKS):
        return f"{_dump({key: value for key, value in values.items() if key not in REMARKS} | remarks)}\n"
    # Inserted into the text, so that 450.000 stays as it was.
    return f"{reading.raw.strip()[:-1]},{_dump(remarks)[1:]}\n"


def _dump(values: dict[str, object]) -> str:
    return orjson.dumps({key: _sound(value) for key, value in values.items()}).decode()


def _sound(value: object) -> object:
    return value.encode(errors="backslashreplace").decode() if isinstance(value, str) else value
