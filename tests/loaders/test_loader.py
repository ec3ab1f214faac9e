"""StoreLoader: batches, memo, failure and cancellation. What single keys share with levels is tested here too."""

import asyncio
from collections.abc import Mapping, Sequence

import pytest

from loaders.key_loader import KeyLoader
from loaders.loader import StoreLoader
from tests.loaders.functions import Batches, Heard, Prefetched, loader_of, squares


async def test_a_level_is_aligned_with_its_keys_and_asks_for_each_once() -> None:
    loader, batches = squares()
    assert await loader.load_level([4, 3, 4, 2]) == [16, None, 16, 4]
    assert batches == [[4, 3, 2]]


async def test_levels_and_single_loads_of_one_turn_share_a_batch_and_the_memo() -> None:
    loader, batches = squares()
    level, single = await asyncio.gather(loader.load_level([2, 4]), KeyLoader(loader).load(6))
    assert (level, single) == ([4, 16], 36)
    assert await loader.load_level([4, 6, 8]) == [16, 36, 64]
    assert await KeyLoader(loader).load(2) == 4
    assert batches == [[2, 4, 6], [8]]


async def test_a_level_waits_for_running_and_new_batches_at_the_same_time() -> None:
    for _ in range(20):  # which of the two batches is awaited first is a set's to say
        batches: Batches = []

        async def read(keys: Sequence[int], batches: Batches = batches) -> Mapping[int, int | None]:
            batches.append(list(keys))
            for _ in range(20):
                await asyncio.sleep(0)
            return {key: key * key for key in keys}

        loader: StoreLoader[int, int | None] = loader_of(read, missing=None)
        early = asyncio.ensure_future(loader.load_level([2, 4]))
        for _ in range(5):
            await asyncio.sleep(0)
        assert batches == [[2, 4]]
        async with asyncio.timeout(1):
            assert await loader.load_level([4, 6]) == [16, 36]
        assert await early == [4, 16]
        assert batches == [[2, 4], [6]]


async def test_no_keys_ask_for_nothing() -> None:
    loader, batches = squares()
    assert await loader.load_level([]) == []
    assert batches == []


async def test_a_missing_key_is_remembered_as_missing() -> None:
    loader, batches = squares()
    assert await KeyLoader(loader).load(3) is None
    assert await KeyLoader(loader).load(3) is None
    assert batches == [[3]]


async def test_a_cleared_key_is_loaded_again_and_clearing_an_unknown_one_does_nothing() -> None:
    loader, batches = squares()
    await loader.load_level([2, 4])
    loader.clear(2)
    loader.clear(99)
    await loader.load_level([2, 4])
    loader.clear_all()
    await loader.load_level([2, 4])
    assert batches == [[2, 4], [2], [2, 4]]


async def test_a_failed_batch_fails_all_waiting_loads_and_is_not_remembered() -> None:
    failures = [RuntimeError("down")]

    async def read(keys: Sequence[int]) -> Mapping[int, int]:
        if failures:
            raise failures.pop()
        return dict.fromkeys(keys, 1)

    loader = loader_of(read, missing=0)
    results = await asyncio.gather(loader.load_level([1, 2]), KeyLoader(loader).load(1), return_exceptions=True)
    assert [str(result) for result in results] == ["down", "down"]
    assert await loader.load_level([1, 2]) == [1, 1]


class Slow:
    """A read that ends when told to."""

    def __init__(self) -> None:
        self.release = asyncio.Event()
        self.started: Batches = []
        self.cancelled = 0

    async def read(self, keys: Sequence[int]) -> Mapping[int, int]:
        self.started.append(list(keys))
        try:
            await self.release.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        return dict.fromkeys(keys, 1)


async def test_cancelling_all_waiting_loads_cancels_the_batch_and_leaves_no_task() -> None:
    slow = Slow()
    loader = loader_of(slow.read, missing=0)
    waiting = [asyncio.ensure_future(loader.load_level([1])), asyncio.ensure_future(loader.load_level([1, 2]))]
    await asyncio.sleep(0.01)
    for task in waiting:
        task.cancel()
    await asyncio.wait(waiting)
    await asyncio.sleep(0)
    assert slow.cancelled == 1
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_a_cancelled_load_takes_nothing_from_the_others() -> None:
    slow = Slow()
    loader = loader_of(slow.read, missing=0)
    leaver, stayer = asyncio.ensure_future(loader.load_level([1])), asyncio.ensure_future(loader.load_level([1]))
    await asyncio.sleep(0.01)
    leaver.cancel()
    await asyncio.sleep(0)
    slow.release.set()
    assert await stayer == [1]
    assert slow.cancelled == 0


async def test_a_load_after_a_cancelled_batch_starts_another() -> None:
    slow = Slow()
    loader = loader_of(slow.read, missing=0)
    leaver = asyncio.ensure_future(loader.load_level([1]))
    await asyncio.sleep(0.01)
    leaver.cancel()
    await asyncio.sleep(0)
    slow.release.set()
    assert await loader.load_level([1]) == [1]
    assert slow.started == [[1], [1]]


async def test_cancelling_before_the_batch_was_sent_sends_nothing() -> None:
    slow = Slow()
    loader = loader_of(slow.read, missing=0)
    leaver = asyncio.ensure_future(loader.load_level([1]))
    asyncio.get_running_loop().call_soon(leaver.cancel)
    await asyncio.wait([leaver])
    await asyncio.sleep(0.01)
    assert slow.started == []
    slow.release.set()
    assert await loader.load_level([1]) == [1]


async def test_a_listener_receives_the_number_of_values_of_a_batch() -> None:
    heard = Heard()
    loader, _ = squares(listener=heard.listen)
    await asyncio.gather(loader.load_level([2, 4, 2, 2]), KeyLoader(loader).load(4), KeyLoader(loader).load(6))
    assert heard == [("read", 6, 3, None)]


async def test_values_asked_for_while_a_batch_is_under_way_count_for_it() -> None:
    heard = Heard()
    loader, batches = squares(listener=heard.listen)
    first = asyncio.ensure_future(loader.load_level([2]))
    for _ in range(4):
        await asyncio.sleep(0)
    assert batches == [[2]]
    await loader.load_level([2, 2])
    await first
    assert heard == [("read", 3, 1, None)]


async def test_remembered_values_have_an_event_without_keys() -> None:
    heard = Heard()
    loader, _ = squares(listener=heard.listen)
    await loader.load_level([2])
    await loader.load_level([2, 2])
    assert heard == [("read", 1, 1, None), ("read", 2, 0, None)]


async def test_a_failed_batch_has_an_event_with_its_error() -> None:
    heard = Heard()

    async def read(keys: Sequence[int]) -> Mapping[int, int]:
        raise LookupError("no such table")

    with pytest.raises(LookupError):
        await loader_of(read, missing=0, listener=heard.listen).load_level([1, 2])
    assert heard == [("read", 2, 2, "LookupError")]


async def test_a_level_alone_asks_at_once_and_others_of_the_turn_share_its_answer() -> None:
    loader, batches = squares()
    level = loader.load_level([2, 4, 2])
    alone = asyncio.ensure_future(level.alone())
    await asyncio.sleep(0)
    assert batches == [[2, 4]]
    other = asyncio.ensure_future(loader.load_level([4]))
    assert (await alone, await other) == ([4, 16, 4], [16])
    assert batches == [[2, 4]]


async def test_a_level_alone_takes_the_open_batch_with_it_and_waits_for_one_under_way() -> None:
    loader, batches = squares()
    single = KeyLoader(loader).load(6)
    assert await loader.load_level([2, 4]).alone() == [4, 16]
    assert await single == 36
    assert await loader.load_level([2, 8]).alone() == [4, 64]
    assert batches == [[6, 2, 4], [8]]


@pytest.mark.parametrize("alone", [True, False])
async def test_a_levels_result_is_made_once_from_its_values(alone: bool) -> None:
    loader, batches = squares()
    total = loader.load_level([2, 4, 2]).then(lambda values: sum(filter(None, values)))
    assert not batches
    assert await (total.alone() if alone else total) == 24
    assert batches == [[2, 4]]


async def test_a_level_loaded_alone_raises_the_error() -> None:
    async def read(keys: Sequence[int]) -> Mapping[int, int]:
        raise RuntimeError("down")

    with pytest.raises(RuntimeError, match="down"):
        await loader_of(read, missing=0).load_level([1]).alone()


async def test_other_loads_of_a_level_loaded_alone_survive_its_cancellation() -> None:
    batches: Batches = []

    async def read(keys: Sequence[int]) -> Mapping[int, int]:
        batches.append(list(keys))
        await asyncio.sleep(0.01)
        return {key: key * key for key in keys}

    loader = loader_of(read, missing=0)
    alone = asyncio.ensure_future(loader.load_level([2, 4]).alone())
    await asyncio.sleep(0)
    stayer = asyncio.ensure_future(loader.load_level([4]))
    await asyncio.sleep(0)
    alone.cancel()
    assert await stayer == [16]
    assert alone.cancelled()
    assert batches == [[2, 4], [2, 4]]


async def test_a_level_alone_that_is_cancelled_leaves_nothing_behind() -> None:
    loader, batches = squares()
    alone = asyncio.ensure_future(loader.load_level([2]).alone())
    await asyncio.sleep(0)
    alone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await alone
    assert await loader.load_level([2]) == [4]
    assert batches == [[2], [2]]


async def test_prefetched_values_are_remembered_and_replace_nothing() -> None:
    prefetched: Prefetched = []
    loader, batches = squares(prefetched)
    assert await KeyLoader(loader).load(2) == 4
    prefetched.append(lambda: {2: 5, 3: 7})
    assert await loader.load_level([2, 3, 4]) == [4, 7, 16]
    assert batches == [[2], [4]]


async def test_remembered_values_are_known_without_waiting() -> None:
    heard = Heard()
    prefetched: Prefetched = [lambda: {3: 7}]
    loader, _ = squares(prefetched, heard.listen)
    await KeyLoader(loader).load(2)
    heard.clear()
    assert loader.known([2, 3, 2]) == [4, 7, 4]
    assert heard == [("read", 3, 0, None)]


async def test_missing_new_and_loading_keys_are_not_known() -> None:
    heard = Heard()
    loader, batches = squares(listener=heard.listen)
    await loader.load_level([2, 3])
    coming = asyncio.ensure_future(KeyLoader(loader).load(4))
    heard.clear()
    assert [loader.known(keys) for keys in ([2, 3], [2, 4], [2, 6])] == [None] * 3
    assert heard == []
    assert await coming == 16
    assert loader.known([2, 4]) == [4, 16]
    assert batches == [[2, 3], [4]]


async def test_a_batch_whose_first_waiter_was_cancelled_serves_a_load_that_joined_before() -> None:
    loader, batches = squares()
    joined = loader.load_level([2])
    gone = asyncio.ensure_future(loader.load_level([2]))
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.sleep(0.01)
    assert batches == []
    assert await asyncio.wait_for(joined, 1) == [4]
    assert batches == [[2]]
