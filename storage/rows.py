"""Rows into records: by position, with code compiled once for the fields."""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from storage.database import Row
from storage.record import Fields, Owner, PriceChange, Property, part_of

Make = Callable[[Iterable[Row]], list[Any]]


class Maker(NamedTuple):
    """What makes records: of rows as they are looked up, and of pages' rows, which end with the key they answer."""

    of_rows: Make
    of_pages: Make


def make_owners(fields: Fields) -> Maker:
    """Owners with these fields."""
    return _maker(part_of(Owner, fields.owner))


def make_listings(fields: Fields) -> Maker:
    """Listings with these fields, without their owners."""
    return _maker(part_of(Property, fields.property))


def make_joined_listings(fields: Fields) -> Maker:
    """Listings with these fields and, where they are to come along, their owners."""
    if not fields.with_owner:
        return make_listings(fields)
    return _maker(part_of(Property, (*fields.before_owner(), "owner")), part_of(Owner, fields.owner))


def _maker(record: type[Any], owner: type[Any] | None = None) -> Maker:
    """Where it has an owner, that is a record's last field, and the one before it begins the owner's."""
    width = len(record.__struct_fields__)
    if owner is None:
        names = cells = [f"v{place}" for place in range(width)]
    else:
        names = [f"v{place}" for place in range(width - 2 + len(owner.__struct_fields__))]
        cells = [*names[: width - 1], f"owner({', '.join(names[width - 2 :])})"]
    made, row = f"record({', '.join(cells)})", ", ".join(names)
    known = {"record": record, "owner": owner}
    of_rows: Make = eval(f"lambda rows: [{made} for {row}, in rows]", known)
    of_pages: Make = eval(f"lambda rows: [{made} for {row}, _ in rows]", known)
    return Maker(of_rows, of_pages)


make_price_changes = _maker(PriceChange)
