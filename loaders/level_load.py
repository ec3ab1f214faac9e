"""Loads of a level: many keys with one future, or with none."""

from collections.abc import Awaitable, Callable, Collection, Generator, Hashable
from itertools import repeat
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import msgspec

from loaders.batch import Batch

if TYPE_CHECKING:
    from loaders.loader import StoreLoader

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")
Made = TypeVar("Made")


class LevelLoad(msgspec.Struct, Generic[Key, Value], eq=False):
    """The values of a level's keys, in the order of the keys. Await it, or its `alone`, once.

    `_batches` has the batch of each key if the keys are in several batches.
    """

    _loader: "StoreLoader[Key, Value]"
    _keys: list[Key]
    _batches: list[Batch[Key, Value]]
    _distinct: Collection[Batch[Key, Value]]

    def __await__(self) -> Generator[Any, None, list[Value]]:
        return self._load().__await__()

    def then(self, make: Callable[[list[Value]], Made]) -> "MadeLoad[Made]":
        """A load of what `make` returns for the values."""
        return MadeLoad(self, make)

    def alone(self) -> Awaitable[list[Value]]:
        """Read the values without waiting for other loads to join, for a caller who knows that there are none.

        Await it immediately.
        """
        if len(self._distinct) == 1:
            (batch,) = self._distinct
            if self._loader.take(batch):
                return self._loader.run(batch, self._values)
        return self._load()

    async def _load(self) -> list[Value]:
        await self._loader.wait(self._distinct)
        return self._values()

    def _values(self) -> list[Value]:
        missing = self._loader.missing
        if len(self._distinct) == 1:
            (batch,) = self._distinct
            return list(map(batch.values.get, self._keys, repeat(missing)))  # type: ignore[union-attr]
        return [
            batch.values.get(key, missing)  # type: ignore[union-attr]
            for key, batch in zip(self._keys, self._batches, strict=True)
        ]


class MadeLoad(msgspec.Struct, Generic[Made], eq=False):
    """What `_make` returns for a level's values. Await it, or its `alone`, once."""

    _load: LevelLoad[Any, Any]
    _make: Callable[[list[Any]], Made]

    def __await__(self) -> Generator[Any, None, Made]:
        values = yield from self._load.__await__()
        return self._make(values)

    async def alone(self) -> Made:
        """As `LevelLoad.alone`."""
        return self._make(await self._load.alone())
