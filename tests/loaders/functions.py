"""Loaders that read by a function."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar

from loaders.loader import StoreLoader
from storage.events import Event, LoadEvent, OnEvent
from storage.read import Read
from storage.sql.prepared_read import PreparedRead
from storage.view import EVERYTHING, View

Value = TypeVar("Value")

Batches = list[list[int]]
Function = Callable[[Sequence[int]], Awaitable[Mapping[int, Value]]]
Prefetched = list[Callable[[], Mapping[int, int | None]]]


class _Functions:
    """Reads by a function."""

    keeps_pages = False

    def __init__(self, function: Function[Any]) -> None:
        self._function = function

    async def read(self, read: Read[Any, Any, Any], keys: Sequence[Any], view: View = EVERYTHING) -> Mapping[Any, Any]:
        return await self._function(keys)


class _Integers(Read[int, Value, Value]):
    def weight(self, keys: Sequence[int]) -> int:
        return len(keys)

    async def run(self, sql: PreparedRead, keys: Sequence[int]) -> Mapping[int, Value]:
        raise NotImplementedError


def loader_of(
    function: Function[Value],
    *,
    missing: Value,
    prefetched: list[Callable[[], Mapping[int, Value]]] | None = None,
    listener: OnEvent | None = None,
) -> StoreLoader[int, Value]:
    """A loader of what the function finds."""
    read: Read[int, Value, Value] = _Integers("read", None, lambda: missing)
    return StoreLoader(_Functions(function), read, prefetched=prefetched, listener=listener)


class Heard(list[tuple[str, int, int, str | None]]):
    """What is told of loads: the name, how many values were asked for, of how many keys, the error."""

    def listen(self, event: Event) -> None:
        assert isinstance(event, LoadEvent)
        self.append((event.name, event.asked, event.distinct, event.error))


def squares(
    prefetched: Prefetched | None = None, listener: OnEvent | None = None
) -> tuple[StoreLoader[int, int | None], Batches]:
    """A loader of squares of even numbers, and the batches it asked for."""
    batches: Batches = []

    async def read(keys: Sequence[int]) -> Mapping[int, int | None]:
        batches.append(list(keys))
        await asyncio.sleep(0)
        return {key: key * key for key in keys if key % 2 == 0}

    return loader_of(read, missing=None, prefetched=prefetched, listener=listener), batches
