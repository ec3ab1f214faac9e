"""Rows of a CSV file. The columns in its header say whether they are owners or listings."""

import csv
import re
from collections import deque
from collections.abc import Callable, Iterator, Sequence

import msgspec

from storage.draft import fields_of
from storage.transfer.line_reader import MAX_LINE, LineReader, LineTooLong
from storage.transfer.outcome import Kind
from storage.transfer.reading import REMARKS, Reading, Unreadable, bad_reading, build_reading
from storage.transfer.row import OwnerRow, PropertyRow, Row

_MAX_LINES = 100  # of one row: no cell may have so many, and this limits how much is read again
_LINE_BREAKS = re.compile(r"[\r\n]+")
_DELIMITERS = {";": "semicolons", "\t": "tabs", "|": "bars"}
_ONLY_OF_OWNERS = {"name", "email", "phone"}


def read_csv(lines: LineReader) -> Iterator[Reading]:
    """The rows of the file, without empty ones. Raises Unreadable for a header that isn't valid."""
    records = _Records(lines)
    header = next(iter(records), None)
    if header is None:  # an empty file of objects has no rows either
        return
    model, columns = _read_header(header)
    records.width = len(columns)
    for record in records:
        yield _read_record(record, model, columns)


class _Record:
    """The lines of one row, and its cells or the reason why it can't be parsed."""

    def __init__(self, line: int) -> None:
        self.line = line
        self.cells: list[str] = []
        self.problem: str | None = None
        self.lines: list[tuple[int, str, str | None]] = []
        self._size = 0

    @property
    def raw(self) -> str:
        """The text without the last line ending."""
        return "".join(text for _, text, _ in self.lines).rstrip("\r\n")

    def add(self, number: int, text: str, problem: str | None) -> None:
        """The next line of the row, and its error, if any. Raises LineTooLong."""
        self.lines.append((number, text, problem))
        self.problem = problem or self.problem
        self._size += len(text)
        if len(self.lines) > _MAX_LINES:
            raise LineTooLong(f"the quote that opens on line {self.quote()} is not closed within {_MAX_LINES} lines")
        if self._size > MAX_LINE:
            raise LineTooLong(f"the row is longer than {MAX_LINE:,} characters")

    def quote(self) -> int:
        """The line of the last quote that opens a cell, judged by the number of quotes."""
        opened, line = False, self.line
        for number, text, _ in self.lines:
            quotes = text.replace('""', "").count('"')
            if quotes > opened:
                line = number
            opened ^= quotes % 2 == 1
        return line


class _Feed:
    """An iterator that can continue after its end, when lines are to be read again."""

    def __init__(self, read: Callable[[], str]) -> None:
        self._read = read

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        return self._read()


class _Records:
    """Splits lines into records. It feeds csv.reader line by line, to know where a record begins and ends.

    If a record of several lines can't be parsed, its first line is bad and the others are read again: an unclosed quote
    spoils its own row, but not the rows behind it.
    """

    def __init__(self, lines: LineReader) -> None:
        self._lines = lines
        self._again: deque[tuple[int, str, str | None]] = deque()
        self._record = _Record(1)
        self._cells = csv.reader(_Feed(self._next_line), strict=True, skipinitialspace=True)
        self.width: int | None = None  # the number of cells that a row must have

    def __iter__(self) -> Iterator[_Record]:
        while True:
            number = self._again[0][0] if self._again else self._lines.number + 1
            record = self._record = _Record(number)
            try:
                record.cells = next(self._cells)
                self._check_width(record)
            except StopIteration:
                return
            except csv.Error as error:
                self._explain(record, _reason(error, record))
            except LineTooLong as error:
                self._explain(record, str(error))
            if record.problem or any(cell.strip() for cell in record.cells):
                yield record

    def _check_width(self, record: _Record) -> None:
        if self.width not in (None, len(record.cells)) and any(cell.strip() for cell in record.cells):
            self._explain(record, f"the row has {len(record.cells)} cells, the header {self.width}")

    def _explain(self, record: _Record, problem: str) -> None:
        if len(record.lines) > 1 and "quote that opens" not in problem:
            problem += f" (a quote makes lines {record.line} to {record.lines[-1][0]} one row)"
        record.cells = []
        self._again.extendleft(reversed(record.lines[1:]))
        del record.lines[1:]
        record.problem = (record.lines[0][2] if record.lines else None) or problem

    def _next_line(self) -> str:
        if self._again:
            number, text, problem = self._again.popleft()
        else:
            data = next(self._lines)
            number = self._lines.number
            text, problem = _decode(data, number)
        self._record.add(number, text, problem)
        return text


def _reason(error: csv.Error, record: _Record) -> str:
    if "unexpected end of data" in str(error):  # a test fails if csv changes this text
        return f"the quote that opens on line {record.quote()} is never closed"
    if "field limit" in str(error):
        return f"a cell is longer than {csv.field_size_limit():,} characters"
    return f"the row is not CSV: {error}"


def _decode(data: bytes, number: int) -> tuple[str, str | None]:
    """The line's text, and its error, if any. Bad bytes are replaced, so that the record ends where it should."""
    try:
        return data.decode(), None
    except UnicodeDecodeError as error:
        byte = f"byte 0x{data[error.start]:02x} at {error.start + 1}"
        return data.decode(errors="backslashreplace"), f"line {number} is not UTF-8 ({byte})"


def _read_header(record: _Record) -> tuple[type[Row], Sequence[str]]:
    if record.problem:
        raise Unreadable(f"the header can't be read: {record.problem}")
    _check_delimiter(record)
    columns = [cell.strip().lower() for cell in record.cells]
    if not all(column.isprintable() for column in columns):
        raise Unreadable("the header has characters that can't be printed: is the file CSV?")
    model: type[Row] = OwnerRow if _ONLY_OF_OWNERS.intersection(columns) else PropertyRow
    for index, column in enumerate(columns):
        if column not in fields_of(model) and column not in REMARKS:
            of = "an owners" if model.kind is Kind.OWNER else "a listings"
            known = ", ".join(fields_of(model))
            raise Unreadable(f"{of} file has no column {column[:100]!r}; its columns are {known}")
        if column in columns[:index]:
            raise Unreadable(f"the column {column!r} stands twice")
    return model, columns


def _check_delimiter(header: _Record) -> None:
    for delimiter, name in _DELIMITERS.items():
        if len(header.cells) == 1 and delimiter in header.cells[0].strip():
            raise Unreadable(f"the header's columns seem to be parted by {name}: save the file with commas")


def _read_record(record: _Record, model: type[Row], columns: Sequence[str]) -> Reading:
    own = [column for column in columns if column not in REMARKS]
    if record.problem is not None:
        return bad_reading(record.line, record.raw, record.problem, kind=model.kind, columns=own)
    cells = {column: cell for column, cell in zip(columns, record.cells, strict=True) if column not in REMARKS}
    if not any(cell.strip() for cell in cells.values()):
        remarks = dict(zip(columns, record.cells, strict=True))
        reason = "the row has nothing but remarks: fill in its columns, or take it out"
        return bad_reading(record.line, remarks.get("row", ""), reason, kind=model.kind, columns=own)
    values = {column: _one_line(cell) or None for column, cell in cells.items()}
    reading = build_reading(record.line, record.raw, model, values)
    return msgspec.structs.replace(reading, columns=own, cells=list(cells.values()))


def _one_line(cell: str) -> str:
    return " ".join(part.strip() for part in _LINE_BREAKS.split(cell.strip()))
