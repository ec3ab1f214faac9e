"""Projections: the fields that records are read with."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

import msgspec

Chosen = tuple[tuple[type[msgspec.Struct], tuple[str, ...]], ...]


class Projection(msgspec.Struct, frozen=True, cache_hash=True):
    """The chosen fields of each class of records, in the records' order. Records of other classes are read whole.

    `prefetched` names fields that hold the id of another row, such as `owner_id`. A statement that can join that row
    reads it too; the record then has it as `owner`.
    """

    chosen: Chosen = ()
    prefetched: tuple[str, ...] = ()

    def of(self, record: type[msgspec.Struct]) -> tuple[str, ...]:
        """The fields that records of this class are read with."""
        return next((fields for each, fields in self.chosen if each is record), record.__struct_fields__)

    def with_more(self, record: type[msgspec.Struct], more: Iterable[str]) -> "Projection":
        """This projection with more fields for one class of records."""
        chosen = {each: fields for each, fields in self.chosen if each is not record}
        return build_projection({**chosen, record: (*self.of(record), *more)}, prefetched=self.prefetched)

    def before_joined(self, record: type[msgspec.Struct], reference: str) -> tuple[str, ...]:
        """The record's fields in a row that goes on with a joined row: the last is `reference`, the joined row's id."""
        return (*(field for field in self.of(record) if field != reference), reference)


def build_projection(
    chosen: Mapping[type[msgspec.Struct], Iterable[str]], *, prefetched: Iterable[str] = ()
) -> Projection:
    """A projection of these fields, and the id, for each class of records."""
    ordered = {record: _in_order(record, {"id", *fields}) for record, fields in chosen.items()}
    parts = tuple((record, fields) for record, fields in ordered.items() if fields != record.__struct_fields__)
    return Projection(tuple(sorted(parts, key=lambda part: part[0].__name__)), tuple(prefetched))


def _in_order(record: type[msgspec.Struct], chosen: set[str]) -> tuple[str, ...]:
    return tuple(field for field in record.__struct_fields__ if field in chosen)


@lru_cache(maxsize=1024)
def part_of(record: type[Any], fields: tuple[str, ...]) -> type[Any]:
    """The class of such records with these fields alone, in this order."""
    if fields == record.__struct_fields__:
        return record
    named = [(field, Any) for field in fields]
    return msgspec.defstruct(record.__name__, named, bases=record.__bases__, frozen=True, gc=False)
