"""Rows: an owner, a listing or a price change in a file, checked by the rules of drafts.

Every field may be absent. storage/transfer/batch.py decides what that means, by the stored row.
"""

from typing import Annotated, Any, ClassVar

from storage import ids
from storage.draft import (
    Area,
    Bathrooms,
    Draft,
    Email,
    Latitude,
    Line,
    Longitude,
    OwnerDraft,
    OwnerId,
    Price,
    PropertyDraft,
    Reference,
    Rooms,
    StatusText,
    Word,
    said_by,
)
from storage.errors import Problem, ProblemCode
from storage.record import Status
from storage.rules import Before, between
from storage.transfer.instant import parse_instant
from storage.transfer.number import parse_decimal, parse_whole
from storage.transfer.outcome import Kind, Refused

_MAX_VERSION = 10**9


def _not_empty(value: object) -> object:
    if value is None:
        raise ValueError("must not be empty")
    return value


def _folded(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else value


def _property_id(text: str) -> str:
    if not ids.is_id(ids.PROPERTY, text):
        raise ValueError("must be a listing's id (property_…)")
    return text


def _price_change_id(text: str) -> str:
    if not ids.is_id(ids.PRICE_CHANGE, text):
        raise ValueError("must be a price change's id (price_change_…)")
    return text


Whole = Before(parse_whole)
Decimal = Before(parse_decimal)
NotEmpty = Before(_not_empty)
PropertyId = Annotated[str, _property_id]
PriceChangeId = Annotated[str, _price_change_id]
Instant = Annotated[int, Before(parse_instant)]
Version = Annotated[int, between(1, _MAX_VERSION)]
AnyStatus = Annotated[StatusText, Before(_folded)]


class _Partial(Draft, frozen=True, kw_only=True):
    """A row. Each of its fields may be absent; then it has a default that is never read."""

    def need(self, *fields: str, why: str) -> None:
        """Raises Refused for those of these fields that are absent."""
        missing = [field for field in fields if field not in self.said or getattr(self, field) is None]
        if missing:
            raise Refused(tuple(Problem(ProblemCode.VALIDATION, why, field) for field in missing))


class OwnerRow(_Partial, frozen=True, kw_only=True):
    """An owner. Without `created_at`, a new one gets the current time, and a stored one keeps its own."""

    kind: ClassVar[Kind] = Kind.OWNER

    reference: Reference | None = None
    name: Annotated[Line, NotEmpty] = ""
    email: Annotated[Email, NotEmpty] = ""
    phone: Word | None = None
    id: OwnerId | None = None
    created_at: Instant | None = None

    def given(self) -> dict[str, Any]:
        """The columns of the owner that this row sets."""
        return said_by(self, OwnerDraft)


class PropertyRow(_Partial, frozen=True, kw_only=True):
    """A listing, with its owner's values in the columns `owner_…`."""

    kind: ClassVar[Kind] = Kind.PROPERTY

    reference: Reference | None = None
    address: Annotated[Line, NotEmpty] = ""
    city: Annotated[Line, NotEmpty] = ""
    region: Line | None = None
    postal_code: Word | None = None
    price: Annotated[Price, Whole, NotEmpty] = 0
    status: Annotated[AnyStatus, NotEmpty] = Status.DRAFT.value
    bedrooms: Annotated[Rooms | None, Whole] = None
    bathrooms: Annotated[Bathrooms | None, Decimal] = None
    area: Annotated[Area | None, Decimal] = None
    latitude: Annotated[Latitude | None, Decimal] = None
    longitude: Annotated[Longitude | None, Decimal] = None
    owner_id: OwnerId | None = None
    id: PropertyId | None = None
    owner_reference: Reference | None = None
    owner_name: Line | None = None
    owner_email: Email | None = None
    owner_phone: Word | None = None
    version: Annotated[Version | None, Whole] = None
    created_at: Instant | None = None
    updated_at: Instant | None = None

    def given(self) -> dict[str, Any]:
        """The columns of the listing that this row sets, without those of its owner."""
        given = said_by(self, PropertyDraft)
        given.pop("owner_id", None)
        return given

    def given_of_owner(self) -> dict[str, Any]:
        """The columns of the owner that this row sets. Blank ones set nothing."""
        columns = {"name": self.owner_name, "email": self.owner_email, "phone": self.owner_phone}
        return {column: value for column, value in columns.items() if value is not None}


class PriceChangeRow(Draft, frozen=True, kw_only=True):
    """A price change with all of its columns, as an export writes it."""

    kind: ClassVar[Kind] = Kind.PRICE_CHANGE

    id: PriceChangeId
    property_id: PropertyId
    old_price: Annotated[Price, Whole]
    new_price: Annotated[Price, Whole]
    old_status: AnyStatus
    new_status: AnyStatus
    changed_at: Instant


Row = OwnerRow | PropertyRow | PriceChangeRow
