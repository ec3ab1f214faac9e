"""Kinds: which reads are cached, under which tag and name, and how their values are packed.

What a read finds where published listings alone exist is kept as a value of its own, under the same tag.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import repeat
from sys import getsizeof
from typing import Any, Generic, TypeVar
from zlib import crc32

import msgspec

from storage.record import Owner, Property
from storage.search import CityListing, PropertyPage
from storage.tags import city_tag, owner_tag, property_tag
from storage.visibility import EVERY_LISTING, Visibility

Key = TypeVar("Key")

_PACKING = 1  # raise it when `pack` changes
_RECORD_BYTES = 250  # a record's own memory, about, without its texts and numbers
_NUMBER_BYTES = 100
_SAMPLE = 3

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder()


class Slot(msgspec.Struct, frozen=True):
    """Where a value is kept: under the one tag whose invalidation forgets it, and by a name of its own there."""

    tag: str
    field: str


class Kind(Generic[Key]):
    """One cached read, by the name of the Store's method: it finds a record, many records, or a number for a key.

    `format` names how a value is packed: records with other fields have another, so no entry is ever misread.
    `published_slot_of` where it matters whether unpublished listings exist.
    """

    def __init__(
        self,
        name: str,
        slot_of: Callable[[Key], Slot],
        published_slot_of: Callable[[Key], Slot] | None = None,
        *,
        record: type[Owner] | type[Property] | None = None,
        many: bool = False,
        personal: bool = False,
    ) -> None:
        self.name = name
        self.personal = personal
        self.format = f"{_PACKING}.{crc32(repr(record and record.__annotations__).encode()):08x}"
        self._slot_of = slot_of
        self._published_slot_of = published_slot_of or slot_of
        self._record = record
        self._many = many

    def slots(self, keys: Sequence[Key], visibility: Visibility = EVERY_LISTING) -> list[Slot]:
        """Where each key's value is kept, of those listings that exist."""
        return list(map(self._published_slot_of if visibility.hides else self._slot_of, keys))

    def pack(self, value: Any) -> bytes:
        """The value as bytes: msgpack of a record's fields in their order."""
        if self._many:
            return _encoder.encode([msgspec.structs.astuple(record) for record in value])
        return _encoder.encode(value if self._record is None else msgspec.structs.astuple(value))

    def unpack(self, packed: bytes) -> Any:
        """What `pack` packed in the same format."""
        value = _decoder.decode(packed)
        if self._record is None:
            return value
        return [self._record(*fields) for fields in value] if self._many else self._record(*value)

    def weigh(self, values: Sequence[Any]) -> Iterator[int]:
        """About how many bytes of memory each value takes, as the first records tell."""
        if self._record is None:
            return repeat(_NUMBER_BYTES, len(values))
        if not self._many:
            return repeat(_weigh_records(values), len(values))
        return (_NUMBER_BYTES + len(value) * _weigh_records(value) for value in values)


def _weigh_records(records: Sequence[Owner | Property]) -> int:
    """What one of these takes."""
    sample = records[:_SAMPLE]
    texts = sum(getsizeof(value) for record in sample for value in msgspec.structs.astuple(record))
    return _RECORD_BYTES + texts // len(sample) if sample else 0


def _city_listing(listing: CityListing) -> Slot:
    return Slot(city_tag(listing.city_key), f"listing:{listing.limit}")  # active listings exist for everybody


def _property_page(page: PropertyPage) -> Slot:
    return Slot(owner_tag(page.owner_id), f"page:{_name(page)}")


def _published_page(page: PropertyPage) -> Slot:
    return Slot(owner_tag(page.owner_id), f"published page:{_name(page)}")


def _name(page: PropertyPage) -> str:
    start = "" if page.start is None else f"{page.start.value}:{page.start.id}"
    return f"{page.limit}:{','.join(page.statuses)}:{start}"


OWNERS_BY_ID: Kind[str] = Kind("owners_by_id", lambda id: Slot(owner_tag(id), "row"), record=Owner, personal=True)
PROPERTIES_BY_ID: Kind[str] = Kind(
    "properties_by_id",
    lambda id: Slot(property_tag(id), "row"),
    lambda id: Slot(property_tag(id), "published row"),
    record=Property,
)
PROPERTIES_BY_CITY: Kind[CityListing] = Kind("properties_by_city", _city_listing, record=Property, many=True)
PROPERTIES_BY_OWNER_ID: Kind[PropertyPage] = Kind(
    "properties_by_owner_id", _property_page, _published_page, record=Property, many=True
)
PROPERTY_COUNTS_BY_OWNER_ID: Kind[str] = Kind(
    "property_counts_by_owner_id",
    lambda id: Slot(owner_tag(id), "count"),
    lambda id: Slot(owner_tag(id), "published count"),
)
