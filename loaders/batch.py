"""Batches: keys that are read together, and the futures that wait for their values."""

import asyncio
from collections.abc import Hashable, Mapping
from time import perf_counter
from typing import Any, Generic, TypeVar

import msgspec

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Batch(msgspec.Struct, Generic[Key, Value], eq=False):
    """A batch is done once it has `values` or an `error`. A key that finds nothing is absent from `values`.

    `waiters` are futures that are set when it is done; `singles` are those of them that wait for one key's value.
    `opened` is in seconds (`perf_counter`). `asked` counts the loaded values, if a listener or provenance wants them.
    """

    opened: float = msgspec.field(default_factory=perf_counter)
    asked: int = 0
    keys: list[Key] = []
    values: Mapping[Key, Value] | None = None
    error: BaseException | None = None
    waiters: set[asyncio.Future[Any]] = set()
    singles: list[tuple[Key, asyncio.Future[Value]]] = []
    task: asyncio.Task[None] | None = None

    @property
    def is_done(self) -> bool:
        return self.values is not None or self.error is not None

    def settle(self, missing: Value) -> None:
        """Set the futures that wait. A key that finds nothing gets `missing`."""
        for key, value in self.singles:
            self.deliver(key, value, missing)
        self.singles.clear()
        for waiter in self.waiters:
            if not waiter.done():
                waiter.set_result(None)
        self.waiters.clear()

    def deliver(self, key: Key, value: asyncio.Future[Value], missing: Value) -> None:
        """Set the future to the key's value, or to the error, of this batch, which is done. A done future stays."""
        if value.done():
            return
        if isinstance(self.error, asyncio.CancelledError):
            value.cancel()
        elif self.error is not None:
            value.set_exception(self.error)
        else:
            value.set_result(self.values.get(key, missing))  # type: ignore[union-attr]
