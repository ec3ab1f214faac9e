"""Concurrent reads share statements, and nothing else: neither bad keys, nor cancellations, nor older states."""

import asyncio
from collections.abc import Hashable, Mapping, Sequence
from typing import Any, TypeVar

import pytest

from storage.coalescing.dispatcher import CoalescingLimits
from storage.coalescing.store import CoalescingStore
from storage.database import Database, Deadlines
from storage.errors import DeadlineExceeded, InvalidValue, Overloaded, Unavailable
from storage.events import BatchEvent, Event, QueryEvent, listeners
from storage.read import Read
from storage.reads.owner import COUNT_OWNERS, OWNERS_BY_ID, SEARCH_OWNERS
from storage.reads.property import PROPERTIES_BY_CITY, PROPERTIES_BY_ID, SEARCH_PROPERTIES
from storage.record import Owner
from storage.search import CityListing, OwnerFilter, OwnerOrder, OwnerSearch, PropertyFilter, PropertyOrder
from storage.search import PropertySearch as Search
from storage.sql_store import SqlStore
from storage.tables import OWNERS, PROPERTIES
from storage.view import EVERYTHING, View
from tests.drafts import a_listing, an_owner
from tests.layers import Layer
from tests.query_log import QueryLog

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Gate(Layer):
    """Holds reads of owners back until it is opened, and notes what keys came."""

    def __init__(self, store: SqlStore) -> None:
        super().__init__(store)
        self.asked: list[list[str]] = []
        self.opened = asyncio.Event()
        self.cancelled = 0

    async def read(
        self, read: Read[Key, Value, Any], keys: Sequence[Key], view: View = EVERYTHING
    ) -> Mapping[Key, Value]:
        if read.name != "owners_by_id":
            return await super().read(read, keys, view)
        self.asked.append([str(key) for key in keys])
        try:
            await self.opened.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        return await super().read(read, keys, view)


@pytest.fixture
def store(database: Database) -> SqlStore:
    """Over the bare database."""
    return SqlStore(database)


@pytest.fixture
def gate(store: SqlStore) -> Gate:
    """Between the layer and the database."""
    return Gate(store)


@pytest.fixture
async def owners(store: SqlStore, query_log: QueryLog) -> list[Owner]:
    """Ten owners."""
    created = await store.create(OWNERS, [an_owner() for _ in range(10)])
    query_log.clear()
    return created


async def settle() -> None:
    """Let everything run that can."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_reads_of_one_turn_are_one_statement(store: SqlStore, owners: list[Owner], query_log: QueryLog) -> None:
    coalescing = CoalescingStore(store)
    answers = await asyncio.gather(*(coalescing.read(OWNERS_BY_ID, [owner.id, owners[0].id]) for owner in owners))
    assert query_log == ["owners_by_id(10)"]
    assert answers == [{owner.id: owner, owners[0].id: owners[0]} for owner in owners]


async def test_thirty_two_requests_at_once_take_less_than_a_quarter_statement_each(
    store: SqlStore, owners: list[Owner], query_log: QueryLog
) -> None:
    await store.create(PROPERTIES, [a_listing(owners[number % 10]) for number in range(50)])
    coalescing = CoalescingStore(store)
    query_log.clear()

    async def request() -> None:
        listing = CityListing("lisbon", 50)
        rows = (await coalescing.read(PROPERTIES_BY_CITY, [listing]))[listing]
        found = await coalescing.read(OWNERS_BY_ID, [row.owner_id for row in rows])
        assert (len(rows), len(found)) == (50, 10)

    async def client() -> None:
        for _ in range(10):
            await request()

    await asyncio.gather(*(client() for _ in range(32)))
    assert len(query_log) / 320 < 0.25


async def test_a_single_read_is_sent_at_the_end_of_its_turn(gate: Gate) -> None:
    asking = asyncio.create_task(CoalescingStore(gate).read(OWNERS_BY_ID, ["a"]))
    for _ in range(3):  # the task starts, its turn ends, the statement's task starts
        await asyncio.sleep(0)
    assert gate.asked == [["a"]]
    gate.opened.set()
    await asking


@pytest.mark.parametrize("max_recent", [1, 2])
async def test_while_as_many_statements_run_as_may_the_next_keys_gather(gate: Gate, max_recent: int) -> None:
    coalescing = CoalescingStore(gate, CoalescingLimits(max_recent=max_recent, recent_seconds=60))
    asking = []
    for key in "abcd":
        asking.append(asyncio.create_task(coalescing.read(OWNERS_BY_ID, [key])))
        await settle()
    apart = [["a"], ["b"]][:max_recent]
    assert gate.asked == apart
    gate.opened.set()
    await asyncio.gather(*asking)
    assert gate.asked == [*apart, list("abcd"[max_recent:])]


async def test_a_statement_that_takes_long_holds_nothing_back(gate: Gate) -> None:
    coalescing = CoalescingStore(gate, CoalescingLimits(recent_seconds=0.01))
    first = asyncio.create_task(coalescing.read(OWNERS_BY_ID, ["a"]))
    await settle()
    second = asyncio.create_task(coalescing.read(OWNERS_BY_ID, ["b"]))
    while len(gate.asked) < 2:  # noqa: ASYNC110
        await asyncio.sleep(0.001)
    assert gate.asked == [["a"], ["b"]]
    gate.opened.set()
    await asyncio.gather(first, second)


async def test_kinds_of_statement_take_turns(gate: Gate, query_log: QueryLog) -> None:
    coalescing = CoalescingStore(gate, CoalescingLimits(max_statements=1, max_rows=1))
    first = asyncio.create_task(coalescing.read(OWNERS_BY_ID, ["a"]))
    await settle()
    others = [asyncio.create_task(coalescing.read(OWNERS_BY_ID, [key])) for key in "bcd"]
    await settle()
    late = asyncio.create_task(coalescing.read(PROPERTIES_BY_ID, ["p"]))
    await settle()
    gate.opened.set()
    await asyncio.gather(first, *others, late)
    assert query_log.index("properties_by_id") <= 4
    assert sorted(query_log) == ["owners_by_id"] * 4 + ["properties_by_id"]


async def test_a_batch_has_a_size_that_only_a_single_call_exceeds(gate: Gate) -> None:
    coalescing = CoalescingStore(gate, CoalescingLimits(max_rows=3))
    gate.opened.set()
    calls = [["a"], ["b", "c"], ["d"], ["e", "f", "g", "h"]]
    await asyncio.gather(*(coalescing.read(OWNERS_BY_ID, keys) for keys in calls))
    assert gate.asked == [["a", "b", "c"], ["d"], ["e", "f", "g", "h"]]


async def test_more_reads_than_the_queue_holds_are_refused_and_the_others_answered(gate: Gate) -> None:
    coalescing = CoalescingStore(gate, CoalescingLimits(max_waiting=3))
    asking = [asyncio.create_task(coalescing.read(OWNERS_BY_ID, [key])) for key in "abcd"]
    await asyncio.sleep(0)
    with pytest.raises(Overloaded):
        await asking[3]
    gate.opened.set()
    assert await asyncio.gather(*asking[:3]) == [{}, {}, {}]
    assert await coalescing.read(OWNERS_BY_ID, ["e"]) == {}


async def test_a_read_that_starts_while_one_runs_sees_writes_made_meanwhile(
    store: SqlStore, gate: Gate, owners: list[Owner]
) -> None:
    coalescing = CoalescingStore(gate)
    id = owners[0].id
    gate.opened.set()
    early = asyncio.create_task(coalescing.read(OWNERS_BY_ID, [id]))
    await settle()
    await store.update(OWNERS, id, {"name": "New"})
    late = await coalescing.read(OWNERS_BY_ID, [id])
    assert late[id].name == "New"
    await early
    assert len(gate.asked) == 2


async def test_a_caller_cancelled_before_a_batch_is_sent_removes_its_keys(gate: Gate) -> None:
    coalescing = CoalescingStore(gate)
    asking = [asyncio.create_task(coalescing.read(OWNERS_BY_ID, [key])) for key in "ab"]
    await asyncio.sleep(0)
    asking[0].cancel()
    gate.opened.set()
    assert await asking[1] == {}
    assert gate.asked == [["b"]]


async def test_a_caller_cancelled_while_a_batch_runs_leaves_it_to_the_others(gate: Gate, owners: list[Owner]) -> None:
    coalescing = CoalescingStore(gate)
    asking = [asyncio.create_task(coalescing.read(OWNERS_BY_ID, [owner.id])) for owner in owners[:2]]
    await settle()
    asking[0].cancel()
    await settle()
    gate.opened.set()
    assert await asking[1] == {owners[1].id: owners[1]}
    assert gate.cancelled == 0


async def test_the_last_to_hang_up_ends_the_statement(gate: Gate) -> None:
    coalescing = CoalescingStore(gate)
    asking = [asyncio.create_task(coalescing.read(OWNERS_BY_ID, [key])) for key in "ab"]
    await settle()
    for task in asking:
        task.cancel()
    await settle()
    assert gate.cancelled == 1
    gate.opened.set()
    assert await coalescing.read(OWNERS_BY_ID, ["c"]) == {}


async def test_a_bad_key_is_its_own_callers_error(store: SqlStore, owners: list[Owner], query_log: QueryLog) -> None:
    coalescing = CoalescingStore(store)
    calls = [coalescing.read(OWNERS_BY_ID, [key]) for key in (owners[0].id, "\ud800", owners[1].id)]
    good, bad, other = await asyncio.gather(*calls, return_exceptions=True)
    assert (good, other) == ({owners[0].id: owners[0]}, {owners[1].id: owners[1]})
    assert isinstance(bad, InvalidValue)


async def test_after_an_invalid_key_only_waiting_calls_are_run_apart(store: SqlStore, owners: list[Owner]) -> None:
    tried: list[Sequence[str]] = []

    class Slow(Layer):
        async def read(
            self, read: Read[Key, Value, Any], keys: Sequence[Key], view: View = EVERYTHING
        ) -> Mapping[Key, Value]:
            tried.append([str(key) for key in keys])
            await asyncio.sleep(0.01 if len(keys) > 1 else 60)
            return await super().read(read, keys, view)

    coalescing = CoalescingStore(Slow(store))
    asking = [asyncio.create_task(coalescing.read(OWNERS_BY_ID, [key])) for key in ("a", "\ud800", "c")]
    await asyncio.sleep(0.05)
    assert tried == [["a", "\ud800", "c"], ["a"]]
    for task in asking:
        task.cancel()
    await asyncio.wait(asking)
    await settle()
    assert len(tried) == 2
    assert coalescing._dispatcher.running == 0


async def test_a_failing_hook_leaves_no_caller_waiting(store: SqlStore) -> None:
    def fail(event: Event) -> None:
        raise RuntimeError("no room for figures")

    coalescing = CoalescingStore(store, on_event=fail)
    async with asyncio.timeout(2):
        with pytest.raises(RuntimeError, match="no room"):
            await coalescing.read(OWNERS_BY_ID, ["a"])


async def test_a_deadline_fails_all_callers_and_nothing_is_retried(
    store: SqlStore, database: Any, query_log: QueryLog
) -> None:
    database._deadlines = Deadlines(statement=0.000001)
    coalescing = CoalescingStore(store)
    calls = [coalescing.read(OWNERS_BY_ID, [str(number)]) for number in range(8)]
    outcomes = await asyncio.gather(*calls, return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {DeadlineExceeded}
    assert query_log == ["owners_by_id(8) failed: DeadlineExceeded"]


async def test_a_lost_database_fails_all_callers_and_nothing_is_retried(store: SqlStore, database: Database) -> None:
    coalescing = CoalescingStore(store)
    await database.close()
    outcomes = await asyncio.gather(
        *(coalescing.read(OWNERS_BY_ID, [str(number)]) for number in range(8)), return_exceptions=True
    )
    assert {type(outcome) for outcome in outcomes} == {Unavailable}


async def test_searches_of_one_shape_share_a_statement_and_odd_ones_go_alone(
    store: SqlStore, owners: list[Owner], query_log: QueryLog
) -> None:
    await store.create(PROPERTIES, [a_listing(owners[0], city=city) for city in ("Lisbon", "Porto", "Faro")])
    query_log.clear()
    coalescing = CoalescingStore(store)
    newest, cheapest = PropertyOrder.NEWEST, PropertyOrder.PRICE_UP
    active = ("active",)
    plain = [Search(PropertyFilter(city_key=key, statuses=active), newest, 5) for key in ("lisbon", "porto", "faro")]
    odd = Search(PropertyFilter(city_key="faro", statuses=active, min_price=1), cheapest, 5)
    answers = await asyncio.gather(*(coalescing.read(SEARCH_PROPERTIES, [search]) for search in [*plain, odd]))
    assert [len(found) for ((_, found),) in map(dict.items, map(dict, answers))] == [1, 1, 1, 1]
    assert sorted(query_log) == ["search_properties", "search_properties(3)"]


async def test_a_call_of_several_shapes_gets_all_its_answers(store: SqlStore, owners: list[Owner]) -> None:
    coalescing = CoalescingStore(store)
    everybody = OwnerSearch(OwnerFilter(), OwnerOrder.NEWEST, 20)
    named = OwnerSearch(OwnerFilter("owner"), OwnerOrder.NAME, 20)
    found = await coalescing.read(SEARCH_OWNERS, [everybody, named])
    assert {search: len(rows) for search, rows in found.items()} == {everybody: 10, named: 10}
    counts = await coalescing.read(COUNT_OWNERS, [OwnerFilter(), OwnerFilter("owner"), OwnerFilter("nobody")])
    assert list(counts.values()) == [10, 10, 0]


async def test_every_callers_listener_receives_the_statement_that_served_it(
    store: SqlStore, owners: list[Owner]
) -> None:
    coalescing = CoalescingStore(store)
    heard: list[list[Event]] = [[], []]

    async def ask(number: int) -> None:
        listeners.set((heard[number].append,))
        await coalescing.read(OWNERS_BY_ID, [owners[number].id])

    await asyncio.gather(*(asyncio.create_task(ask(number)) for number in (0, 1)))
    for events in heard:
        batch, query = events
        assert batch == BatchEvent("owners_by_id", 2, 2)
        assert isinstance(query, QueryEvent)
        assert query.keys == 2
