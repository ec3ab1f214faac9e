"""A database as NDJSON, or its owners or listings as CSV: what the importer reads, with ids, times and versions."""

import csv
import io
from collections.abc import AsyncIterator, Sequence
from decimal import Decimal
from typing import Any

import msgspec
import orjson

from storage.record import Owner, PriceChange, Property
from storage.transfer.instant import format_instant
from storage.transfer.outcome import Kind
from storage.transfer.snapshot import Snapshot

_KINDS = {Owner: Kind.OWNER, Property: Kind.PROPERTY, PriceChange: Kind.PRICE_CHANGE}
_TIMES = ("created_at", "updated_at", "changed_at")


async def export_lines(snapshot: Snapshot, *, page: int = 1000) -> AsyncIterator[list[bytes]]:
    """Lines with their endings, a page at a time: owners, then listings, then price changes, each by id."""
    for read in (snapshot.owners, snapshot.properties, snapshot.price_changes):
        after = ""
        while True:
            records: Sequence[Owner | Property | PriceChange] = await read(after=after, limit=page)
            if records:
                yield [export_line(record) for record in records]
                after = records[-1].id
            if len(records) < page:
                break


async def export_csv_lines(snapshot: Snapshot, kind: Kind, *, page: int = 1000) -> AsyncIterator[list[bytes]]:
    """A header, then the owners or the listings, a page at a time, by id. Cells hold what is stored, unchanged."""
    record, read = (Owner, snapshot.owners) if kind is Kind.OWNER else (Property, snapshot.properties)
    yield [_csv_lines([record.__struct_fields__])]
    after = ""
    while True:
        records: Sequence[Owner | Property] = await read(after=after, limit=page)
        for found in records:
            yield [_csv_lines([[_cell(field, value) for field, value in msgspec.structs.asdict(found).items()]])]
            after = found.id
        if len(records) < page:
            return


def _csv_lines(rows: Sequence[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def _cell(field: str, value: Any) -> str:
    if value is None:
        return ""
    if field in _TIMES:
        return format_instant(value)
    # Without an exponent, which a cell may not have.
    return f"{Decimal(repr(value + 0.0)):f}" if isinstance(value, float) else str(value)


def export_line(record: Owner | Property | PriceChange) -> bytes:
    """The record as a line, with its ending."""
    values: dict[str, Any] = {"type": _KINDS[type(record)]}
    for field, value in msgspec.structs.asdict(record).items():
        if field in _TIMES:
            value = format_instant(value)
        elif isinstance(value, float):
            value += 0.0  # negative zero loses its sign, as in SQLite
        values[field] = value
    return orjson.dumps(values, option=orjson.OPT_APPEND_NEWLINE)
