"""KeyLoader keeps aiodataloader's contract, and differs where loaders/key_loader.py says so."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from aiodataloader import DataLoader

from loaders.key_loader import KeyLoader, Memo
from tests.loaders.functions import Batches, Prefetched, loader_of, squares


def key_loader() -> tuple[KeyLoader[int, int | None], Batches]:
    """A loader of squares of even numbers, and the batches it asked for."""
    loader, batches = squares()
    return KeyLoader(loader), batches


async def test_it_is_made_by_aiodataloader_s_constructor() -> None:
    async def load(keys: list[int]) -> list[int]:
        return keys

    loader, _ = key_loader()
    theirs: DataLoader[int, int] = DataLoader(load)
    by_class = {"batch_load_fn", "get_cache_key"}
    assert vars(theirs).keys() - by_class <= vars(loader).keys()
    assert loader.loop is asyncio.get_running_loop()
    assert (loader.batch, loader.cache, loader.max_batch_size) == (True, True, None)


@pytest.mark.parametrize("method", ["load", "load_many", "clear", "clear_all", "prime"])
def test_the_methods_that_callers_use_are_aiodataloaders_own(method: str) -> None:
    assert getattr(KeyLoader, method) is getattr(DataLoader, method)


@pytest.mark.parametrize("option", ["batch", "max_batch_size", "cache", "get_cache_key", "cache_map"])
async def test_an_option_that_is_not_kept_is_refused(option: str) -> None:
    loader, _ = squares()
    options: dict[str, Any] = {option: None}
    with pytest.raises(TypeError, match=option):
        KeyLoader(loader, **options)


async def test_loads_of_one_turn_share_a_batch_which_has_each_key_once() -> None:
    loader, batches = key_loader()
    assert list(await asyncio.gather(loader.load(2), loader.load(4), loader.load(2))) == [4, 16, 4]
    assert batches == [[2, 4]]


async def test_a_load_within_a_task_that_starts_in_the_turn_shares_its_batch() -> None:
    loader, batches = key_loader()

    async def load_later() -> int | None:
        return await asyncio.ensure_future(loader.load(4))

    assert list(await asyncio.gather(loader.load(2), load_later())) == [4, 16]
    assert batches == [[2, 4]]


async def test_loads_of_later_turns_are_batches_of_their_own() -> None:
    loader, batches = key_loader()
    assert [await loader.load(2), await loader.load(4)] == [4, 16]
    assert batches == [[2], [4]]


async def test_many_keys_are_loaded_in_their_order() -> None:
    loader, batches = key_loader()
    assert await loader.load_many([2, 3, 2]) == [4, None, 4]
    assert await loader.load_many([]) == []
    assert batches == [[2, 3]]


async def test_many_keys_must_be_iterable() -> None:
    loader, _ = key_loader()
    with pytest.raises(TypeError, match="load_many"):
        loader.load_many(2)  # type: ignore[arg-type]


async def test_none_is_no_key() -> None:
    loader, _ = key_loader()
    with pytest.raises(TypeError, match="load"):
        loader.load(None)  # type: ignore[arg-type]


async def test_values_are_in_the_order_of_the_keys_whatever_order_they_are_read_in() -> None:
    async def read(keys: Sequence[int]) -> Mapping[int, int]:
        return {key: -key for key in sorted(keys)}

    assert await KeyLoader(loader_of(read, missing=0)).load_many([3, 1, 2]) == [-3, -1, -2]


async def test_its_batch_function_gives_a_value_for_each_key() -> None:
    loader, batches = key_loader()
    assert await loader.batch_load_fn([3, 2]) == [None, 4]
    assert batches == [[3, 2]]


async def test_a_loaded_value_is_remembered() -> None:
    loader, batches = key_loader()
    assert [await loader.load(2), await loader.load(2)] == [4, 4]
    assert batches == [[2]]


async def test_a_cleared_key_is_loaded_again_and_no_other() -> None:
    loader, batches = key_loader()
    await loader.load_many([2, 4])
    assert loader.clear(2) is loader
    await loader.load_many([2, 4])
    assert batches == [[2, 4], [2]]


async def test_clearing_a_key_that_was_never_loaded_does_nothing() -> None:
    loader, batches = key_loader()
    assert await loader.clear(99).load(2) == 4
    assert batches == [[2]]


async def test_after_clear_all_every_key_is_loaded_again() -> None:
    loader, batches = key_loader()
    await loader.load_many([2, 4])
    assert loader.clear_all() is loader
    await loader.load_many([2, 4])
    assert batches == [[2, 4], [2, 4]]


async def test_a_primed_value_is_not_loaded() -> None:
    loader, batches = key_loader()
    assert loader.prime(2, 5) is loader
    assert await loader.load_many([2, 4]) == [5, 16]
    assert batches == [[4]]


async def test_priming_replaces_neither_a_loaded_nor_a_primed_value_until_it_is_cleared() -> None:
    loader, batches = key_loader()
    await loader.load(2)
    assert await loader.prime(2, 5).prime(4, 6).prime(4, 7).load_many([2, 4]) == [4, 6]
    assert await loader.clear(2).prime(2, 5).load(2) == 5
    assert batches == [[2]]


async def test_a_key_on_its_way_is_not_primed() -> None:
    loader, batches = key_loader()
    coming = loader.load(2)
    assert await loader.prime(2, 5).load(2) == 4
    assert await coming == 4
    assert batches == [[2]]


async def test_a_primed_error_fails_each_load_until_it_is_cleared() -> None:
    loader, batches = key_loader()
    loader.prime(2, LookupError("gone"))  # type: ignore[arg-type]
    for _ in range(2):
        with pytest.raises(LookupError, match="gone"):
            await loader.load(2)
    assert await loader.clear(2).load(2) == 4
    assert batches == [[2]]


async def test_a_failed_batch_fails_each_of_its_loads_and_is_not_remembered() -> None:
    failures = [RuntimeError("down")]

    async def read(keys: Sequence[int]) -> Mapping[int, int]:
        if failures:
            raise failures.pop()
        return dict.fromkeys(keys, 1)

    loader = KeyLoader(loader_of(read, missing=0))
    results = await asyncio.gather(loader.load(1), loader.load(2), loader.load(1), return_exceptions=True)
    assert [str(result) for result in results] == ["down"] * 3
    assert await loader.load_many([1, 2]) == [1, 1]


async def test_a_loader_may_load_by_another_loader() -> None:
    deep, deep_batches = key_loader()

    async def read(keys: Sequence[int]) -> Mapping[int, int | None]:
        return dict(zip(keys, await deep.load_many(keys), strict=True))

    one, two = (KeyLoader(loader_of(read, missing=None)) for _ in range(2))
    assert list(await asyncio.gather(one.load(2), two.load(4), one.load(6))) == [4, 16, 36]
    assert deep_batches == [[2, 6, 4]]


# Beyond aiodataloader: what is shared with the StoreLoader, and what differs.


async def test_a_level_sees_keys_that_were_loaded_primed_and_cleared_singly() -> None:
    levels, batches = squares()
    loader = KeyLoader(levels)
    await loader.load(2)
    loader.prime(4, 5)
    assert await levels.load_level([2, 4]) == [4, 5]
    loader.clear(2).clear(4)
    assert await levels.load_level([2, 4]) == [4, 16]
    assert batches == [[2], [2, 4]]


async def test_a_level_fails_by_a_primed_error() -> None:
    levels, _ = squares()
    KeyLoader(levels).prime(2, LookupError("gone"))  # type: ignore[arg-type]
    assert levels.known([2]) is None
    with pytest.raises(LookupError, match="gone"):
        await levels.load_level([2, 4])


async def test_prefetched_values_are_neither_loaded_nor_primed_again() -> None:
    prefetched: Prefetched = [lambda: {2: 5, 4: 6}]
    levels, batches = squares(prefetched)
    assert await KeyLoader(levels).clear(2).prime(4, 7).load_many([2, 4]) == [4, 6]
    assert batches == [[2]]


async def test_a_key_that_finds_nothing_is_the_missing_value() -> None:
    async def read(keys: Sequence[int]) -> Mapping[int, int]:
        return {}

    assert await KeyLoader(loader_of(read, missing=0)).load(1) == 0


async def test_a_value_that_is_an_exception_is_a_value() -> None:
    value = LookupError("a value")

    async def read(keys: Sequence[int]) -> Mapping[int, LookupError | None]:
        return dict.fromkeys(keys, value)

    assert await KeyLoader(loader_of(read, missing=None)).load(1) is value


async def test_a_load_that_is_cancelled_takes_nothing_from_another_of_its_key() -> None:
    loader, batches = key_loader()
    leaver, stayer = loader.load(2), loader.load(2)
    assert leaver is not stayer
    leaver.cancel()
    assert await stayer == 4
    assert batches == [[2]]


async def test_a_batch_is_cancelled_with_the_last_load_that_waits_for_it() -> None:
    started, cancelled = asyncio.Event(), asyncio.Event()

    async def read(keys: Sequence[int]) -> Mapping[int, int]:
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()
        return {}

    loader = KeyLoader(loader_of(read, missing=0))
    loads = [loader.load(1), loader.load(2)]
    await started.wait()
    loads[0].cancel()
    await asyncio.sleep(0)
    assert not cancelled.is_set()
    loads[1].cancel()
    await asyncio.wait_for(cancelled.wait(), 5)


async def test_the_memo_lists_the_keys_that_it_has() -> None:
    levels, _ = squares()
    loader = KeyLoader(levels)
    memo = Memo(levels)
    await loader.load_many([2, 3])
    assert (list(memo), len(memo), 2 in memo, 4 in memo) == ([2, 3], 2, True, False)
    del memo[2]
    assert list(memo) == [3]
