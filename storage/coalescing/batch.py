"""A batch: calls of one read that go to the database together, and who waits for their answers."""

import asyncio
from collections.abc import Hashable, Mapping, Sequence
from itertools import chain
from typing import Any, Generic, TypeVar

import msgspec

from storage.events import OnEvent

Key = TypeVar("Key", bound=Hashable)


class Call(msgspec.Struct, Generic[Key], eq=False):
    """The keys of one caller; `weight` is how many rows they may bring."""

    keys: Sequence[Key]
    weight: int
    listeners: tuple[OnEvent, ...]
    answer: asyncio.Future[Mapping[Key, Any]]

    def deliver(self, found: Mapping[Key, Any]) -> None:
        """Answer with what was found of these keys, unless the caller has gone."""
        if not self.answer.done():
            self.answer.set_result(found)

    def fail(self, error: Exception) -> None:
        """Answer with an exception, unless the caller has gone."""
        if not self.answer.done():
            self.answer.set_exception(error)


class Batch(Generic[Key]):
    """Open until it is sent; then `task` runs it, as long as anybody waits."""

    __slots__ = ("calls", "is_young", "task", "weight")

    def __init__(self) -> None:
        self.calls: dict[Call[Key], None] = {}
        self.weight = 0
        self.task: asyncio.Task[None] | None = None
        self.is_young = True

    def join(self, call: Call[Key]) -> None:
        """One more caller waits."""
        self.calls[call] = None
        self.weight += call.weight

    def leave(self, call: Call[Key]) -> None:
        """One caller waits no longer. The last to leave ends what runs for nobody."""
        self.drop(call)
        if not self.calls and self.task is not None:
            self.task.cancel()

    def drop(self, call: Call[Key]) -> None:
        """One caller has its answer, or has gone."""
        if call in self.calls:
            del self.calls[call]
            self.weight -= call.weight

    def keys(self) -> Sequence[Key]:
        """What the callers want, each key once."""
        if len(self.calls) == 1:
            return next(iter(self.calls)).keys
        return list(dict.fromkeys(chain.from_iterable(call.keys for call in self.calls)))

    def listeners(self) -> tuple[OnEvent, ...]:
        """Those of all callers, each once."""
        return tuple(dict.fromkeys(chain.from_iterable(call.listeners for call in self.calls)))

    def deliver(self, keys: Sequence[Key], found: Mapping[Key, Any]) -> None:
        """Give each caller its own part of what was found of these keys."""
        for call in self.calls:
            call.deliver(found if call.keys is keys else {key: found[key] for key in call.keys if key in found})

    def fail(self, error: Exception) -> None:
        """Give every caller the exception."""
        for call in self.calls:
            call.fail(error)
