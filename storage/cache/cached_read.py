"""How a cache keeps the values of one read: their slots, their packed form and their weight.

A value that depends on the visibility of listings has a slot for each visibility, under the same tag.
"""

from collections.abc import Hashable, Iterator, Sequence
from functools import cache
from itertools import repeat
from sys import getsizeof
from typing import Any, Generic, TypeVar
from zlib import crc32

import msgspec

from storage.read import AnyRead, Cached, Read
from storage.visibility import EVERY_LISTING, Visibility

Key = TypeVar("Key", bound=Hashable)

_PACKING = 1  # raise it when `pack` changes
_RECORD_BYTES = 250  # about, of a record without its texts and numbers
_NUMBER_BYTES = 100
_SAMPLE = 3

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder()


class Slot(msgspec.Struct, frozen=True):
    """Where a value is kept: under the tag whose invalidation drops it, and there under a name of its own."""

    tag: str
    field: str


class CachedRead(Generic[Key]):
    """`format` names the packed form. It changes with the fields of the record, so no entry is misread."""

    def __init__(self, read: Read[Key, Any, Any], cached: Cached[Key]) -> None:
        record = read.record
        self.name = read.name
        self.personal = cached.personal
        self.format = f"{_PACKING}.{crc32(repr(record and record.__annotations__).encode()):08x}"
        self._cached = cached
        self._record = record
        self._many = read.is_list

    def slots(self, keys: Sequence[Key], visibility: Visibility = EVERY_LISTING) -> list[Slot]:
        """The slot of each key's value."""
        tag, detail, name = self._cached.tag, self._cached.detail, self.name
        if visibility.hides and self._cached.by_visibility:
            name = f"published {name}"
        if detail is None:
            return [Slot(tag(key), name) for key in keys]
        return [Slot(tag(key), f"{name}:{detail(key)}") for key in keys]

    def pack(self, value: Any) -> bytes:
        """The value as bytes: its records' fields, in order, as msgpack."""
        if self._many:
            return _encoder.encode([msgspec.structs.astuple(record) for record in value])
        return _encoder.encode(value if self._record is None else msgspec.structs.astuple(value))

    def unpack(self, packed: bytes) -> Any:
        """The value that `pack` packed in this format."""
        value = _decoder.decode(packed)
        if self._record is None:
            return value
        return [self._record(*fields) for fields in value] if self._many else self._record(*value)

    def weigh(self, values: Sequence[Any]) -> Iterator[int]:
        """About how many bytes of memory each value takes, estimated from the first records."""
        if self._record is None:
            return repeat(_NUMBER_BYTES, len(values))
        if not self._many:
            return repeat(_weigh_records(values), len(values))
        return (_NUMBER_BYTES + len(value) * _weigh_records(value) for value in values)


@cache
def cached_read_of(read: AnyRead) -> CachedRead[Any] | None:
    """None for a read that isn't cached."""
    return None if read.cached is None else CachedRead(read, read.cached)


def _weigh_records(records: Sequence[msgspec.Struct]) -> int:
    """About how many bytes one of these records takes."""
    sample = records[:_SAMPLE]
    texts = sum(getsizeof(value) for record in sample for value in msgspec.structs.astuple(record))
    return _RECORD_BYTES + texts // len(sample) if sample else 0
