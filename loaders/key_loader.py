"""aiodataloader's DataLoader over a StoreLoader: for code that loads key by key.

`load`, `load_many`, `prime`, `clear` and `clear_all` are aiodataloader's own, and so is the constructor. `cache_map` is
the StoreLoader's memo, so that a key is read once, whether it is loaded by itself or in a level
(`StoreLoader.load_level`).

The queue is the StoreLoader's instead of aiodataloader's (`do_resolve_reject`), for three reasons:

- Loads of single keys and of levels that start in one turn of the event loop share one statement.
- A statement that nobody waits for any more is cancelled. aiodataloader's dispatch runs to its end, which would keep a
  connection of the database busy after the request has gone.
- A batch that is cancelled is forgotten, and its keys can be loaded again. aiodataloader would leave its futures
  pending.

What else differs from aiodataloader:

- `load` gives every caller a future of its own: cancelling one leaves the others of the same key.
- `load` doesn't call `batch_load_fn`, which gives whoever calls it a level's values.
- `batch`, `max_batch_size`, `cache`, `get_cache_key` and `cache_map` can't be chosen. A statement takes any
  number of keys as one array, and the keys are frozen and stand for themselves.
- A value that is an exception is a value: reads raise what fails. `prime` with an exception fails loads, as in
  aiodataloader.
- An order of values can't be wrong: reads return mappings. A key that finds nothing has the read's `missing()`.

`StoreLoader` itself is no DataLoader: one is made for each read of every request, and aiodataloader's constructor,
which inspects `batch_load_fn`, takes more than twice the instructions of StoreLoader's.
"""

import asyncio
from collections.abc import Hashable, Iterator, MutableMapping, Sequence
from typing import Any, TypeVar

from aiodataloader import DataLoader

from loaders.loader import StoreLoader

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class KeyLoader(DataLoader[Key, Value]):
    """Loads key by key what `loader` loads, and shares its batches and its memo."""

    def __init__(self, loader: StoreLoader[Key, Value]) -> None:
        self._loader = loader
        super().__init__(cache_map=Memo(loader))

    def get_cache_key(self, key: Key) -> Key:
        """The key itself."""
        return key

    async def batch_load_fn(self, keys: Sequence[Key]) -> list[Value]:
        """A value for each key, in their order."""
        return await self._loader.load_level(keys)

    def do_resolve_reject(self, key: Key, future: "asyncio.Future[Value]") -> None:
        """Put a key that is not remembered into the StoreLoader's open batch."""
        self._loader.answer(key, future)


class Memo(MutableMapping[Key, "asyncio.Future[Value]"]):
    """A StoreLoader's memo as aiodataloader's `cache_map`: the value of each key as a future of its own."""

    def __init__(self, loader: StoreLoader[Key, Value]) -> None:
        self._loader = loader

    def __contains__(self, key: object) -> bool:
        return key in self._loader.remembered()

    def __getitem__(self, key: Key) -> "asyncio.Future[Value]":
        future: asyncio.Future[Value] | None = self.get(key)
        if future is None:
            raise KeyError(key)
        return future

    def get(self, key: Key, default: Any = None) -> Any:
        """The key's value as a future, or `default`."""
        if key not in self._loader.remembered():
            return default
        future: asyncio.Future[Value] = asyncio.get_running_loop().create_future()
        self._loader.answer(key, future)
        return future

    def __setitem__(self, key: Key, future: "asyncio.Future[Value]") -> None:
        """Remember what `prime` sets. The future of a load is pending: `do_resolve_reject` gives its key a batch."""
        if future.done():
            error = future.exception()
            self._loader.remember(key, None if error else future.result(), error)

    def __delitem__(self, key: Key) -> None:
        self._loader.clear(key)

    def pop(self, key: Key, default: Any = None) -> Any:
        """Forget the key. Gives `default`: aiodataloader doesn't look at what it clears."""
        self._loader.clear(key)
        return default

    def clear(self) -> None:
        self._loader.clear_all()

    def __iter__(self) -> Iterator[Key]:
        return iter(self._loader.remembered())

    def __len__(self) -> int:
        return len(self._loader.remembered())
