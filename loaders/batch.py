"""Batches: the keys that one call of the store answers, and the futures that wait for them."""

import asyncio
from collections.abc import Hashable, Mapping
from time import perf_counter
from typing import Any, Generic, TypeVar

import msgspec

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Batch(msgspec.Struct, Generic[Key, Value], eq=False):
    """Is done once it has `values` or an `error`. A key that finds nothing is absent from `values`.

    `waiters` are futures that are set once it is done; `singles` are those among them that wait for one key's value.
    `opened` is of `perf_counter`, in seconds. `asked` counts the values that were asked for, if anybody listens.
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
        """Wake everybody who waits. A key that finds nothing is answered with `missing`."""
        for key, value in self.singles:
            self.deliver(key, value, missing)
        self.singles.clear()
        for waiter in self.waiters:
            if not waiter.done():
                waiter.set_result(None)
        self.waiters.clear()

    def deliver(self, key: Key, value: asyncio.Future[Value], missing: Value) -> None:
        """Set the future to what the batch, which is done, has for the key. A future that is done stays as it is."""
        if value.done():
            return
        if isinstance(self.error, asyncio.CancelledError):
            value.cancel()
        elif self.error is not None:
            value.set_exception(self.error)
        else:
            value.set_result(self.values.get(key, missing))  # type: ignore[union-attr]
