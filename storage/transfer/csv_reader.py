"""Rows of a CSV file. The header names the columns and so tells owners from listings."""

import csv
import re
from collections.abc import Iterator, Sequence

from storage.transfer.line_reader import MAX_LINE, LineReader, LineTooLong
from storage.transfer.outcome import Kind
from storage.transfer.reading import Reading, Unreadable, bad_reading, build_reading
from storage.transfer.row import OwnerRow, PropertyRow, Row

_LINE_BREAKS = re.compile(r"[\r\n]+")
_ONLY_OF_OWNERS = {"name", "email", "phone"}


def read_csv(lines: LineReader) -> Iterator[Reading]:
    """The file's rows; those without any text are passed over. Raises Unreadable for a header that can't be."""
    records = _Records(lines)
    model, columns = _read_header(records)
    for record in records:
        yield _read_record(record, model, columns)


class _Record:
    """The text of one row, which may span lines, and its cells, or why it has none."""

    def __init__(self, line: int) -> None:
        self.line = line
        self.cells: list[str] = []
        self.problem: str | None = None
        self._texts: list[str] = []
        self._size = 0

    @property
    def raw(self) -> str:
        """The text, without the last line's ending."""
        return "".join(self._texts).rstrip("\r\n")

    def add(self, text: str) -> None:
        """Another line of it. Raises LineTooLong."""
        self._texts.append(text)
        self._size += len(text)
        if self._size > MAX_LINE:
            raise LineTooLong(f"the row is longer than {MAX_LINE:,} characters")


class _Records:
    """Splits lines into records. It feeds csv.reader line by line, to know where a record begins and ends."""

    def __init__(self, lines: LineReader) -> None:
        self._lines = lines
        self._record = _Record(1)
        self._cells = csv.reader(iter(self._next_line, None), strict=True, skipinitialspace=True)

    def __iter__(self) -> Iterator[_Record]:
        while True:
            record = self._record = _Record(self._lines.number + 1)
            try:
                record.cells = next(self._cells)
            except StopIteration:
                return
            except csv.Error as error:
                record.problem = record.problem or f"the row is not CSV: {error}"
            except LineTooLong as error:
                record.problem = record.problem or str(error)
            if record.problem or any(cell.strip() for cell in record.cells):
                yield record

    def _next_line(self) -> str | None:
        data = next(self._lines, None)
        if data is None:
            return None
        record = self._record
        try:
            text = data.decode()
        except UnicodeDecodeError as error:
            # Read on with a stand-in, so that the record ends where it should.
            text = data.decode(errors="replace")
            byte = data[error.start]
            record.problem = f"line {self._lines.number} is not UTF-8 (byte 0x{byte:02x} at {error.start + 1})"
        record.add(text)
        return text


def _read_header(records: _Records) -> tuple[type[Row], Sequence[str]]:
    record = next(iter(records), None)
    if record is None:
        raise Unreadable("the file is empty: its first line must name the columns")
    if record.problem:
        raise Unreadable(f"the header can't be read: {record.problem}")
    columns = [cell.strip().lower() for cell in record.cells]
    model: type[Row] = OwnerRow if _ONLY_OF_OWNERS.intersection(columns) else PropertyRow
    for index, column in enumerate(columns):
        if column not in model.model_fields:
            of = "an owners" if model.kind is Kind.OWNER else "a listings"
            known = ", ".join(model.model_fields)
            raise Unreadable(f"{of} file has no column {column[:100]!r}; its columns are {known}")
        if column in columns[:index]:
            raise Unreadable(f"the column {column!r} stands twice")
    return model, columns


def _read_record(record: _Record, model: type[Row], columns: Sequence[str]) -> Reading:
    problem = record.problem
    if problem is None and len(record.cells) != len(columns):
        problem = f"the row has {len(record.cells)} cells, the header {len(columns)}"
    if problem is not None:
        return bad_reading(record.line, record.raw, problem, kind=model.kind)
    values = {column: _one_line(cell) or None for column, cell in zip(columns, record.cells, strict=True)}
    return build_reading(record.line, record.raw, model, values)


def _one_line(cell: str) -> str:
    return " ".join(part.strip() for part in _LINE_BREAKS.split(cell.strip()))
