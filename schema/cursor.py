"""Cursors: a place in an order, bound to the order and filter that it was made for. Opaque to clients."""

import base64
import binascii
from hashlib import blake2b
from typing import Any

import msgspec

from schema.errors import BadInput
from storage.rules import is_plain
from storage.search import Keyset

_LONGEST = 2000
_GREATEST = 2**53
_ID_LENGTH = 64


class _Cursor(msgspec.Struct, array_like=True, frozen=True):
    scope: bytes
    value: int | str
    id: str


_decoder = msgspec.msgpack.Decoder(_Cursor)


class Scope:
    """A list, its filter and its order: cursors of one are refused with another. Worked out when a cursor is."""

    __slots__ = ("_mark", "_parts")

    def __init__(self, *parts: Any) -> None:
        self._parts = parts
        self._mark: bytes | None = None

    @property
    def mark(self) -> bytes:
        """What its cursors hold of it."""
        if self._mark is None:
            self._mark = blake2b(msgspec.msgpack.encode(self._parts), digest_size=6).digest()
        return self._mark


def encode_cursor(scope: Scope, keyset: Keyset) -> str:
    """The cursor of a row."""
    packed = msgspec.msgpack.encode(_Cursor(scope.mark, keyset.value, keyset.id))
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def decode_cursor(argument: str, scope: Scope, text: str, kind: type[int] | type[str]) -> Keyset:
    """The row's place, whose sorted value is of this kind. Raises BadInput for anything but a cursor of this scope."""
    cursor = _unpack(text)
    if cursor is None:
        raise BadInput(argument, "is not a cursor")
    if cursor.scope != scope.mark:
        raise BadInput(argument, "belongs to another list, filter or order; start again without it")
    if type(cursor.value) is not kind or not _is_possible(cursor):
        raise BadInput(argument, "is not a cursor")
    return Keyset(cursor.value, cursor.id)


def _unpack(text: str) -> _Cursor | None:
    if len(text) > _LONGEST:
        return None
    try:
        return _decoder.decode(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
    except (ValueError, binascii.Error, msgspec.MsgspecError):
        return None


def _is_possible(cursor: _Cursor) -> bool:
    possible = abs(cursor.value) <= _GREATEST if isinstance(cursor.value, int) else is_plain(cursor.value)
    return possible and len(cursor.id) <= _ID_LENGTH and is_plain(cursor.id)
