"""Exports: a database as NDJSON, or its owners or listings as CSV, with ids, times and versions, for the importer."""

import csv
import io
from collections.abc import AsyncIterator, Sequence
from decimal import Decimal
from typing import Any

import msgspec
import orjson

from storage.table import Table
from storage.tables import TABLES, table_of
from storage.transfer.instant import format_instant
from storage.transfer.outcome import Kind
from storage.transfer.snapshot import Snapshot


async def export_lines(snapshot: Snapshot, *, page: int = 1000) -> AsyncIterator[list[bytes]]:
    """Lines with their endings, in pages. Each table is sorted by id, and comes after those that it refers to."""
    for table in TABLES:
        async for records in _pages(snapshot, table, page):
            yield [export_line(record) for record in records]


async def export_csv_lines(snapshot: Snapshot, kind: Kind, *, page: int = 1000) -> AsyncIterator[list[bytes]]:
    """A header, then the owners or the listings by id, in pages. Cells have the stored values, unchanged."""
    [table] = [table for table in TABLES if table.noun == kind]
    yield [_csv_lines([table.fields])]
    async for records in _pages(snapshot, table, page):
        for found in records:
            yield [_csv_lines([[_cell(field, value) for field, value in msgspec.structs.asdict(found).items()]])]


async def _pages(snapshot: Snapshot, table: Table[Any], size: int) -> AsyncIterator[list[Any]]:
    after = ""
    while records := await snapshot.page(table, after=after, limit=size):
        yield records
        if len(records) < size:
            return
        after = records[-1].id


def _csv_lines(rows: Sequence[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def _cell(field: str, value: Any) -> str:
    if value is None:
        return ""
    if field.endswith("_at"):
        return format_instant(value)
    # Without an exponent, which the importer refuses.
    return f"{Decimal(repr(value + 0.0)):f}" if isinstance(value, float) else str(value)


def export_line(record: msgspec.Struct) -> bytes:
    """The record as a line with its ending."""
    values: dict[str, Any] = {"type": table_of(record).noun}
    for field, value in msgspec.structs.asdict(record).items():
        if field.endswith("_at"):
            value = format_instant(value)
        elif isinstance(value, float):
            value += 0.0  # removes the sign of a negative zero, as SQLite does
        values[field] = value
    return orjson.dumps(values, option=orjson.OPT_APPEND_NEWLINE)
