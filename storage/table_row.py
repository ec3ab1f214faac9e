"""Records as rows of their tables: their fields, and the keys that are folded from them."""

from collections.abc import Iterable
from typing import Any

import msgspec

from storage.database import encode_json
from storage.folding import fold
from storage.record import Owner, PriceChange, Property


def table_row(record: Owner | Property | PriceChange) -> dict[str, Any]:
    """Every column of the record's table."""
    row = msgspec.structs.asdict(record)
    if isinstance(record, Owner):
        row["name_key"] = fold(record.name)
    elif isinstance(record, Property):
        row["city_key"] = fold(record.city)
        row["region_key"] = None if record.region is None else fold(record.region)
    return row


def table_rows(records: Iterable[Owner | Property | PriceChange]) -> str:
    """The JSON parameter that an INSERT or UPDATE of many rows takes."""
    return encode_json([table_row(record) for record in records])
