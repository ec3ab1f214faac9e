"""Rows into records: by position, with code compiled once for the fields."""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import msgspec

from storage.database import Row
from storage.record import Fields, Owner, part_of

Make = Callable[[Iterable[Row]], list[Any]]


class Maker(NamedTuple):
    """What makes records: of rows as they are looked up, and of pages' rows, which end with the key they answer."""

    of_rows: Make
    of_pages: Make


def build_maker(record: type[msgspec.Struct] | None, fields: Fields, *, joined: bool = False) -> Maker:
    """Makes records of this class with these fields; of listings whose rows are `joined` with their owners', both.

    Without a class, rows stay as they are.
    """
    if record is None:
        return Maker(list, list)
    if not joined:
        return _maker(part_of(record, fields.of(record)))
    return _maker(part_of(record, (*fields.before_owner(), "owner")), part_of(Owner, fields.owner))


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
