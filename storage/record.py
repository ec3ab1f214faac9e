"""Records: frozen rows that cross the layers.

A record's fields are a statement's select list, in this order, so a row becomes a record by position. Times are
integers: microseconds since 1970-01-01T00:00:00Z. A projection (storage/projection.py) reads records in part.
"""

from enum import StrEnum

import msgspec


class Status(StrEnum):
    """Where a listing stands in its sale."""

    DRAFT = "draft"
    ACTIVE = "active"
    PENDING = "pending"
    SOLD = "sold"
    WITHDRAWN = "withdrawn"


class Partial(msgspec.Struct, frozen=True, gc=False):
    """A record that may be read in part. Then it has the selected fields and no others."""


class AnyOwner(Partial, frozen=True, gc=False):
    """An owner, whole or in part."""


class AnyProperty(Partial, frozen=True, gc=False):
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
