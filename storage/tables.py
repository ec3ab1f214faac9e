"""The tables. Each comes after those that it refers to."""

from collections.abc import Iterable
from typing import Any

import msgspec

from storage import ids
from storage.folding import fold
from storage.json_text import encode_json
from storage.record import Owner, PriceChange, Property
from storage.table import Table
from storage.tags import city_tag, owner_tag, property_tag


def price_changes(old: Property, new: Property) -> list[PriceChange]:
    """The price change of an update from `old` to `new`, if the price or the status differs."""
    if (old.price, old.status) == (new.price, new.status):
        return []
    return [
        PriceChange(
            id=ids.new_id(ids.PRICE_CHANGE),
            property_id=new.id,
            old_price=old.price,
            new_price=new.price,
            old_status=old.status,
            new_status=new.status,
            changed_at=new.updated_at,
        )
    ]


OWNERS = Table(
    Owner,
    "owners",
    "o",
    id_prefix=ids.OWNER,
    called="owner",
    folded={"name_key": "name"},
    tags=lambda owner: [owner_tag(owner.id)],
)

PRICE_CHANGES = Table(PriceChange, "price_changes", "c", id_prefix=ids.PRICE_CHANGE, called="price change")
"""Never cached. A row is inserted with the update of a listing, and deleted with the listing."""

PROPERTIES = Table(
    Property,
    "properties",
    "p",
    id_prefix=ids.PROPERTY,
    called="listing",
    folded={"city_key": "city", "region_key": "region"},
    refers={"owner_id": OWNERS},
    tags=lambda listing: [property_tag(listing.id), owner_tag(listing.owner_id), city_tag(fold(listing.city))],
    history={PRICE_CHANGES: price_changes},
)

TABLES: tuple[Table[Any], ...] = (
    OWNERS,
    PROPERTIES,
    PRICE_CHANGES,
)
_BY_RECORD = {table.record: table for table in TABLES}


def table_of(record: msgspec.Struct) -> Table[Any]:
    """The table of this record."""
    return _BY_RECORD[type(record)]


def table_rows(records: Iterable[msgspec.Struct]) -> str:
    """The JSON parameter for an INSERT or UPDATE of these rows. Raises InvalidValue."""
    return encode_json([table_of(record).row(record) for record in records])
