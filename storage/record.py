"""Records: frozen rows that cross the layers.

A record's fields are a statement's select list, in this order, so that a row becomes a record by position.
Times are integers: microseconds since 1970-01-01T00:00:00Z.

Whoever reads few fields may ask a Store for those alone: `Fields`. Such a record has no others, and a listing may have
its owner with it, as `owner`.
"""

from collections.abc import Iterable
from enum import StrEnum
from functools import lru_cache
from typing import Any

import msgspec


class Status(StrEnum):
    """Where a listing stands in its sale."""

    DRAFT = "draft"
    ACTIVE = "active"
    PENDING = "pending"
    SOLD = "sold"
    WITHDRAWN = "withdrawn"


class AnyOwner(msgspec.Struct, frozen=True, gc=False):
    """An owner, whole or in part."""


class AnyProperty(msgspec.Struct, frozen=True, gc=False):
    """A listing, whole or in part."""


class Owner(AnyOwner, frozen=True, gc=False):
    """A person or firm that owns listings. Email and phone are personal data."""

    id: str
    reference: str | None
    name: str
    email: str
    phone: str | None
    created_at: int


class Property(AnyProperty, frozen=True, gc=False):
    """A listing. `price` in whole units of the one currency, `area` in square metres, `status` a `Status` value."""

    id: str
    reference: str | None
    version: int
    address: str
    city: str
    region: str | None
    postal_code: str | None
    price: int
    status: str
    bedrooms: int | None
    bathrooms: float | None
    area: float | None
    latitude: float | None
    longitude: float | None
    owner_id: str
    created_at: int
    updated_at: int


class PriceChange(msgspec.Struct, frozen=True, gc=False):
    """One change of a listing's price or status."""

    id: str
    property_id: str
    old_price: int
    new_price: int
    old_status: str
    new_status: str
    changed_at: int


class Fields(msgspec.Struct, frozen=True, cache_hash=True):
    """The fields that owners and listings are read with, in their records' order; the id is always among them.

    `with_owner`: listings that are looked up, and first pages of a city and of searches, bring their owners along.
    """

    owner: tuple[str, ...] = Owner.__struct_fields__
    property: tuple[str, ...] = Property.__struct_fields__
    with_owner: bool = False

    def of(self, record: type[msgspec.Struct]) -> tuple[str, ...]:
        """The fields that records of this class are read with."""
        if record is Owner:
            return self.owner
        return self.property if record is Property else record.__struct_fields__

    def with_listings(self, more: Iterable[str]) -> "Fields":
        """These fields, and more of listings."""
        return choose_fields(self.owner, (*self.property, *more), with_owner=self.with_owner)

    def before_owner(self) -> tuple[str, ...]:
        """A listing's fields in a row that goes on with its owner's: the owner's id, last, begins those too."""
        return (*(field for field in self.property if field != "owner_id"), "owner_id")


def choose_fields(owner: Iterable[str], property: Iterable[str], *, with_owner: bool = False) -> Fields:
    """These fields, the ids, and no others."""
    return Fields(_in_order(Owner, {"id", *owner}), _in_order(Property, {"id", *property}), with_owner)


def _in_order(record: type[Owner] | type[Property], chosen: set[str]) -> tuple[str, ...]:
    return tuple(field for field in record.__struct_fields__ if field in chosen)


@lru_cache(maxsize=1024)
def part_of(record: type[Any], fields: tuple[str, ...]) -> type[Any]:
    """The class of such records with these fields alone, as a row has them by position."""
    if fields == record.__struct_fields__:
        return record
    named = [(field, Any) for field in fields]
    return msgspec.defstruct(record.__name__, named, bases=record.__bases__, frozen=True, gc=False)
