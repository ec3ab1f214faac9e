"""Rows into records: by position, whatever may come behind a record's values."""

from collections.abc import Callable, Iterable
from typing import Any

from storage.database import Row
from storage.record import Fields, Owner, PriceChange, Property, part_of

Make = Callable[[Iterable[Row]], list[Any]]


def make_owners(fields: Fields) -> Make:
    """Owners with these fields."""
    return _maker(part_of(Owner, fields.owner), len(fields.owner))


def make_listings(fields: Fields) -> Make:
    """Listings with these fields, without their owners."""
    return _maker(part_of(Property, fields.property), len(fields.property))


def make_joined_listings(fields: Fields) -> Make:
    """Listings with these fields and, where they are to come along, their owners."""
    if not fields.with_owner:
        return make_listings(fields)
    before = fields.before_owner()
    listing, owner = part_of(Property, (*before, "owner")), part_of(Owner, fields.owner)
    start, middle = len(before) - 1, len(before)
    end = start + len(fields.owner)
    return lambda rows: [listing(*row[:middle], owner(*row[start:end])) for row in rows]


def _maker(record: type[Any], width: int) -> Make:
    return lambda rows: [record(*row[:width]) for row in rows]


make_price_changes = _maker(PriceChange, len(PriceChange.__struct_fields__))
