"""A whole database as NDJSON: what the importer reads, with every id, time, version and price change."""

from collections.abc import AsyncIterator, Sequence
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
