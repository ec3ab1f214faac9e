"""What storage tells of its work: to the hooks it was opened with, and to those who listen in the current context.

A statement, a look into the cache or a shared batch may serve several requests; `listening` goes with each of them, and
whoever works for many tells the listeners of all.
"""

from collections.abc import Callable
from contextvars import ContextVar
from typing import Literal

import msgspec

from storage.statements import Statement


class QueryEvent(msgspec.Struct, frozen=True):
    """One statement that ran: the keys it served, the rows it gave, its seconds, and the error's name if it failed.

    `joined` for listeners who had not asked for it, but for something that it was to bring another.
    """

    statement: Statement
    keys: int
    rows: int
    seconds: float
    error: str | None = None
    joined: bool = False


class BatchEvent(msgspec.Struct, frozen=True):
    """Concurrent calls of one read that went to the database together, and the keys of all of them."""

    name: str
    calls: int
    keys: int


class CacheEvent(msgspec.Struct, frozen=True):
    """One look into the cache for the keys of one read; `absent` of the hits were known to find nothing."""

    name: str
    hits: int
    misses: int
    absent: int
    seconds: float


class FillEvent(msgspec.Struct, frozen=True):
    """Values that were put into the cache, and those that were not since a write voided their lease."""

    name: str
    filled: int
    dropped: int


class InvalidationEvent(msgspec.Struct, frozen=True):
    """Tags that were forgotten, by a write of this process or one heard of; None stands for everything."""

    tags: int | None
    source: Literal["write", "channel"]


class LoadEvent(msgspec.Struct, frozen=True):
    """What one request asked of a read together: `asked` values, of which `distinct` keys were new to the request.

    `seconds` go from the first value asked for to the answer; what the answer took, statements and looks into the
    cache, is told before. Without new keys every value was remembered. It is told by the loaders themselves, to who
    wants to hear it.
    """

    name: str
    asked: int
    distinct: int
    seconds: float
    error: str | None = None


Event = QueryEvent | BatchEvent | CacheEvent | FillEvent | InvalidationEvent | LoadEvent
OnEvent = Callable[[Event], None]

listening: ContextVar[tuple[OnEvent, ...]] = ContextVar("listening", default=())


def tell(event: Event) -> None:
    """Tell those who listen in this context."""
    for listener in listening.get():
        listener(event)


def ignore_event(event: Event) -> None:
    """The hooks' default: nobody listens."""
