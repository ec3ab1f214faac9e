"""aiodataloader's DataLoader over a StoreLoader, for code that loads key by key.

The constructor, `load`, `load_many`, `prime`, `clear` and `clear_all` are aiodataloader's own. `cache_map` is the
StoreLoader's memo, so a key is read once, whether it is loaded by itself or in a level (`StoreLoader.load_level`).

The queue is the StoreLoader's instead of aiodataloader's (`do_resolve_reject`), for three reasons:

- Loads of single keys and of levels that start in one turn of the event loop share one statement.
- A statement is cancelled when no future waits for it. aiodataloader's dispatch would keep a connection of the
  database busy after the request has ended.
- The keys of a cancelled batch can be loaded again. aiodataloader would leave its futures pending.

Other differences from aiodataloader:

- `load` returns a new future to every caller: cancelling it leaves the other futures of the same key.
- `load` doesn't call `batch_load_fn`, which loads a level.
- `batch`, `max_batch_size`, `cache`, `get_cache_key` and `cache_map` can't be set. A statement takes any number of
  keys as one array, and keys are frozen values.
- A value may be an exception: reads raise their errors. `prime` with an exception makes loads fail, as in
  aiodataloader.
- Values can't come in a wrong order, since reads return mappings. A key that finds nothing has the read's `missing()`.

`StoreLoader` itself isn't a DataLoader: each request makes one for each read that it uses, and aiodataloader's
constructor, which inspects `batch_load_fn`, takes more than twice the instructions of StoreLoader's.
"""

import asyncio
from collections.abc import Hashable, Iterator, MutableMapping, Sequence
from typing import Any, TypeVar

from aiodataloader import DataLoader

from loaders.loader import StoreLoader

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class KeyLoader(DataLoader[Key, Value]):
    """Loads single keys through `loader`: it shares the loader's batches and memo."""

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
        """Load a key that the memo doesn't have."""
        self._loader.answer(key, future)


class Memo(MutableMapping[Key, "asyncio.Future[Value]"]):
    """A StoreLoader's memo as aiodataloader's `cache_map`. Each look-up makes a new future."""

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
        """Remember a value that `prime` sets. Pending futures, of loads, are ignored: see `do_resolve_reject`."""
        if future.done():
            error = future.exception()
            self._loader.remember(key, None if error else future.result(), error)

    def __delitem__(self, key: Key) -> None:
        self._loader.clear(key)

    def pop(self, key: Key, default: Any = None) -> Any:
        """Forget the key and return `default`: aiodataloader ignores the result."""
        self._loader.clear(key)
        return default

    def clear(self) -> None:
        self._loader.clear_all()

    def __iter__(self) -> Iterator[Key]:
        return iter(self._loader.remembered())

    def __len__(self) -> int:
        return len(self._loader.remembered())
