"""Batches, dry runs, and the statements they take."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest

from storage.database import Database
from storage.errors import Problem, ProblemCode, Rejected
from storage.reads.owner import OWNERS_BY_REFERENCE
from storage.reads.property import PROPERTIES_BY_REFERENCE
from storage.record import Owner
from storage.statements import load_statements
from storage.store import Store
from storage.tables import OWNERS
from storage.transfer.row import PropertyRow, Row
from storage.transfer.session import ImportSession
from storage.writes import Writing
from tests.clock import Clock
from tests.query_log import QueryLog
from tests.storage.transfer.rows import (
    OWNER_ID,
    PROPERTY_ID,
    a_listing_row,
    a_price_change_row,
    an_owner_row,
    reasons,
    results,
    the_owner,
    the_price_changes,
    write,
)

pytestmark = pytest.mark.every_layer


def listings(count: int, **fields: Any) -> Sequence[PropertyRow]:
    """So many listings of ten owners."""
    return [
        a_listing_row(**{"reference": f"L-{number}", "owner_reference": f"O-{number % 10}"} | fields)
        for number in range(count)
    ]


@pytest.mark.parametrize("count", [100, 1000])
async def test_new_rows_take_the_same_few_statements_however_many(
    store: Store, query_log: QueryLog, count: int
) -> None:
    await write(store, *listings(count))
    assert query_log == [
        f"properties_by_reference({count})",
        "owners_by_reference(10)",
        "insert_owners(10)",
        f"insert_properties({count})",
    ]


@pytest.mark.parametrize("count", [100, 1000])
async def test_changed_rows_too(store: Store, query_log: QueryLog, count: int) -> None:
    await write(store, *listings(count))
    query_log.clear()
    await write(store, *listings(count, price=1, owner_name="Another"))
    assert query_log == [
        f"properties_by_reference({count})",
        f"lock_properties_by_id({count})",
        "owners_by_reference(10)",
        "lock_owners_by_id(10)",
        "update_owners(10)",
        f"update_properties({count})",
        f"insert_price_changes({count})",
    ]


async def test_unchanged_rows_are_only_read(store: Store, query_log: QueryLog) -> None:
    await write(store, *listings(100))
    query_log.clear()
    await write(store, *listings(100))
    assert query_log == [
        "properties_by_reference(100)",
        "lock_properties_by_id(100)",
        "owners_by_reference(10)",
        "lock_owners_by_id(10)",
    ]


async def test_a_batch_of_everything_runs_each_statement_once(store: Store, query_log: QueryLog) -> None:
    await write(store, an_owner_row(id=OWNER_ID), a_listing_row(id=PROPERTY_ID), a_price_change_row())
    assert query_log == [
        "properties_by_reference",
        "lock_properties_by_id",
        "owners_by_reference",
        "lock_owners_by_id",
        "price_changes_by_id",
        "insert_owners",
        "insert_properties",
        "insert_price_changes",
    ]


async def test_a_refused_row_leaves_the_others(store: Store) -> None:
    outcomes = await write(store, a_listing_row(), a_listing_row(reference=None), a_listing_row(reference="L-2"))
    assert results(outcomes) == ["created", "refused", "created"]
    assert len(await store.read(PROPERTIES_BY_REFERENCE, ["L-1", "L-2"])) == 2


async def test_stop_writes_what_precedes_the_first_refused_row(store: Store) -> None:
    rows = (a_listing_row(), a_listing_row(reference=None), a_listing_row(reference="L-2"))
    async with store.importing() as session:
        assert results(await session.write(rows, stop=True)) == ["created", "refused"]
    assert set(await store.read(PROPERTIES_BY_REFERENCE, ["L-1", "L-2"])) == {"L-1"}


async def test_a_dry_run_counts_exactly_and_leaves_nothing(store: Store) -> None:
    await write(store, a_listing_row())
    async with store.importing(dry_run=True) as session:
        assert results(await session.write([a_listing_row(), a_listing_row(price=1)])) == ["unchanged", "updated"]
        # A later batch sees the earlier one, as it would for good.
        rows: list[Row] = [a_listing_row(price=1), a_listing_row(reference="L-2"), an_owner_row(reference="ben")]
        assert results(await session.write(rows)) == ["unchanged", "created", "created"]
        assert results(await session.write([an_owner_row(reference="ben")])) == ["unchanged"]
        await session.analyze()
    (listing,) = (await store.read(PROPERTIES_BY_REFERENCE, ["L-1", "L-2"])).values()
    assert (listing.version, listing.price) == (1, 300_000)
    assert await the_price_changes(store, listing.id) == []
    assert await store.read(OWNERS_BY_REFERENCE, ["ben"]) == {}


async def test_a_dry_run_that_fails_leaves_nothing_either(store: Store) -> None:
    async def fail() -> None:
        async with store.importing(dry_run=True) as session:
            await session.write([an_owner_row()])
            raise RuntimeError("boom")

    with pytest.raises(RuntimeError, match="boom"):
        await fail()
    assert await store.read(OWNERS_BY_REFERENCE, ["anna"]) == {}


async def test_statistics_are_refreshed_on_demand(store: Store, query_log: QueryLog) -> None:
    async with store.importing() as session:
        await session.analyze()
    assert query_log == ["analyze"]


async def test_a_row_that_another_writer_makes_meanwhile_is_found(store: Store, database: Database) -> None:
    rival = Owner(OWNER_ID, "anna", "Anna, by another", "anna@example.org", None, 0)
    async with database.transaction() as transaction:
        await Writing(database, transaction).insert(OWNERS, [rival])
        importing = asyncio.create_task(write(store, an_owner_row()))
        await asyncio.sleep(0.3)  # Postgres' importer waits for the reference by now, SQLite's for the writer
    assert results(await importing) == ["updated"]
    assert await the_owner(store) == Owner(OWNER_ID, "anna", "Anna König", "anna@example.org", None, 0)


class _Contested:
    """A database in which somebody else is always first."""

    def __init__(self) -> None:
        self.statements = load_statements("storage.sqlite")
        self.tries = 0

    def encode_keys(self, keys: Sequence[str]) -> object:
        return keys

    async def fetch(self, *args: object, **options: object) -> Sequence[object]:
        return []

    @asynccontextmanager
    async def transaction(self, **options: object) -> AsyncIterator["_Contested"]:
        self.tries += 1
        yield self

    async def commit(self) -> None:
        raise Rejected([Problem(ProblemCode.CONFLICT, "this reference is taken", "reference")])


async def test_a_batch_is_tried_twice_and_then_refused(clock: Clock) -> None:
    database = _Contested()
    session = ImportSession(cast("Database", database), clock)
    outcomes = await session.write([an_owner_row(), a_listing_row()])
    assert database.tries == 2
    message = "another writer makes the same rows at this moment: import again"
    assert [reasons(outcome) for outcome in outcomes] == [[(None, message)]] * 2
