"""Calls of one read that share a statement."""

import asyncio
from collections.abc import Hashable, Mapping, Sequence
from itertools import chain
from typing import Any, Generic, TypeVar

import msgspec

from storage.events import OnEvent

Key = TypeVar("Key", bound=Hashable)


class Call(msgspec.Struct, Generic[Key], eq=False):
    """One caller's keys; `weight` is the greatest number of rows that they may bring."""

    keys: Sequence[Key]
    weight: int
    listeners: tuple[OnEvent, ...]
    answer: asyncio.Future[Mapping[Key, Any]]

    def deliver(self, found: Mapping[Key, Any]) -> None:
        """Set the answer to the values that were found, unless the caller was cancelled."""
        if not self.answer.done():
            self.answer.set_result(found)

    def fail(self, error: Exception) -> None:
        """Set the answer to an exception, unless the caller was cancelled."""
        if not self.answer.done():
            self.answer.set_exception(error)


class CallBatch(Generic[Key]):
    """Calls can join until it is sent; then `task` runs it for as long as a caller waits."""

    __slots__ = ("calls", "is_recent", "task", "weight")

    def __init__(self) -> None:
        self.calls: dict[Call[Key], None] = {}
        self.weight = 0
        self.task: asyncio.Task[None] | None = None
        self.is_recent = True

    def join(self, call: Call[Key]) -> None:
        """Add a caller."""
        self.calls[call] = None
        self.weight += call.weight

    def leave(self, call: Call[Key]) -> None:
        """Remove a caller that was cancelled. When the last one leaves, the task is cancelled."""
        self.drop(call)
        if not self.calls and self.task is not None:
            self.task.cancel()

    def drop(self, call: Call[Key]) -> None:
        """Remove a caller."""
        if call in self.calls:
            del self.calls[call]
            self.weight -= call.weight

    def keys(self) -> Sequence[Key]:
        """The keys of all callers, each once."""
        if len(self.calls) == 1:
            return next(iter(self.calls)).keys
        return list(dict.fromkeys(chain.from_iterable(call.keys for call in self.calls)))

    def listeners(self) -> tuple[OnEvent, ...]:
        """The event listeners of all callers, each once."""
        return tuple(dict.fromkeys(chain.from_iterable(call.listeners for call in self.calls)))

    def deliver(self, keys: Sequence[Key], found: Mapping[Key, Any]) -> None:
        """Give each caller the values of its own keys. `found` has those of `keys`."""
        for call in self.calls:
            call.deliver(found if call.keys is keys else {key: found[key] for key in call.keys if key in found})

    def fail(self, error: Exception) -> None:
        """Give every caller the exception."""
        for call in self.calls:
            call.fail(error)
