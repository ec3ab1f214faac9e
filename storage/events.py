"""The events of storage: emitted to the hooks that it was opened with, and to the listeners of the current context.

A statement, a cache lookup or a batch may serve several requests. Each request has its own `listeners`; work that is
shared emits its events to the listeners of all.
"""

from collections.abc import Callable
from contextvars import ContextVar
from typing import Literal

import msgspec

from storage.statements import Statement


class QueryEvent(msgspec.Struct, frozen=True):
    """One statement that ran: its number of keys and of rows, its seconds, and the error's name if it failed.

    `joined` is set for listeners that share a statement started by another request.
    """

    statement: Statement
    keys: int
    rows: int
    seconds: float
    error: str | None = None
    joined: bool = False


class BatchEvent(msgspec.Struct, frozen=True):
    """Concurrent calls of one read that shared a statement, and the number of their keys."""

    name: str
    calls: int
    keys: int


class CacheEvent(msgspec.Struct, frozen=True):
    """One cache lookup for the keys of one read. `absent` counts the hits for keys that are known to find nothing."""

    name: str
    hits: int
    misses: int
    absent: int
    seconds: float


class FillEvent(msgspec.Struct, frozen=True):
    """Values put into the cache, and values dropped because a write voided their lease."""

    name: str
    filled: int
    dropped: int


class InvalidationEvent(msgspec.Struct, frozen=True):
    """Tags invalidated by a write of this process or of another one (`channel`); None stands for everything."""

    tags: int | None
    source: Literal["write", "channel"]


class LoadEvent(msgspec.Struct, frozen=True):
    """One batch of a request's loads: `asked` values, of which `distinct` keys were new to the request.

    `seconds` run from the first load to the values. The events of its statements and cache lookups come before it.
    Without new keys, the request had every value already. Loaders emit it to their own listener.
    """

    name: str
    asked: int
    distinct: int
    seconds: float
    error: str | None = None


Event = QueryEvent | BatchEvent | CacheEvent | FillEvent | InvalidationEvent | LoadEvent
OnEvent = Callable[[Event], None]

listeners: ContextVar[tuple[OnEvent, ...]] = ContextVar("listening", default=())


def emit(event: Event) -> None:
    """Pass the event to the listeners of this context."""
    for listener in listeners.get():
        listener(event)


def ignore_event(event: Event) -> None:
    """The default of hooks: do nothing."""
