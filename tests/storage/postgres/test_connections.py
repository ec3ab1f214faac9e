"""Connections that stay at hand, beside asyncpg's own pool."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from storage.postgres import connections
from storage.postgres.connections import Connections


@pytest.fixture
async def pool(postgres_url: str) -> AsyncIterator[Any]:
    async with asyncpg.create_pool(postgres_url, min_size=1, max_size=2) as pool:
        yield pool


@pytest.fixture
async def lending(pool: Any) -> AsyncIterator[Connections]:
    lending = Connections(pool, timeout=0.3)
    yield lending
    await lending.close()


def figures(lending: Connections) -> tuple[int, int]:
    """Connections that are open, and those lent."""
    use = lending.use()
    return use.open, use.busy


async def test_what_is_kept_is_found_again_and_the_pool_is_not_asked(pool: Any, lending: Connections) -> None:
    assert lending.find() is None
    connection = await lending.take()
    assert figures(lending) == (1, 1)
    assert lending.keep(connection)
    assert figures(lending) == (1, 0)
    assert pool.get_idle_size() == 0
    assert lending.find() is connection
    assert lending.keep(connection)


async def test_what_nobody_takes_goes_back_to_the_pool(
    pool: Any, lending: Connections, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "HELD", 0.02)
    assert lending.keep(await lending.take())
    await asyncio.sleep(0.1)
    assert pool.get_idle_size() == 1
    assert lending.find() is None


async def test_one_caller_after_the_other_never_opens_a_second(
    lending: Connections, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "HELD", 0.001)
    for _ in range(300):
        connection = lending.find() or await lending.take()
        if not lending.keep(connection):
            await lending.put_back(connection)
        await asyncio.sleep(0)
        assert figures(lending) == (1, 0)


async def test_one_that_is_in_use_all_the_time_goes_through_the_pool_now_and_then(
    lending: Connections, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "HELD", 0.01)
    kept = []
    for _ in range(20):
        connection = lending.find() or await lending.take()
        await asyncio.sleep(0.005)
        kept.append(lending.keep(connection))
        if not kept[-1]:
            await lending.put_back(connection)
    assert kept.count(False) in range(3, 12)


async def test_nothing_is_kept_from_who_waits(pool: Any, lending: Connections) -> None:
    first, second = await lending.take(), await lending.take()
    waiting = asyncio.create_task(lending.take())
    await asyncio.sleep(0)
    assert not lending.keep(first)
    await lending.put_back(first)
    third = await waiting
    assert figures(lending) == (2, 2)
    assert lending.keep(second)
    assert lending.keep(third)


async def test_what_was_lost_at_hand_is_not_found(lending: Connections) -> None:
    lost, other = await lending.take(), await lending.take()
    ended = await lost.fetchval("SELECT pg_backend_pid()")
    assert lending.keep(other)
    assert lending.keep(lost)
    await other.execute("SELECT pg_terminate_backend($1)", ended)
    await asyncio.sleep(0.1)
    assert lending.find() is other
    assert lending.find() is None
    assert figures(lending) == (1, 1)
    await lending.put_back(other)
    assert figures(lending) == (1, 0)


async def test_what_is_lent_is_kept_from_the_others_and_then_goes_to_the_pool(pool: Any, lending: Connections) -> None:
    assert lending.keep(await lending.take())
    async with lending.lent():
        assert lending.find() is None
        assert figures(lending) == (1, 1)
    assert pool.get_idle_size() == 1
    assert figures(lending) == (1, 0)


async def test_closing_waits_for_what_is_lent_and_keeps_nothing(pool: Any) -> None:
    lending = Connections(pool, timeout=0.3)
    at_hand, lent = await lending.take(), await lending.take()
    assert lending.keep(at_hand)
    closing = asyncio.create_task(lending.close())
    await asyncio.sleep(0.05)
    assert not closing.done()
    assert not lending.keep(lent)
    await lending.put_back(lent)
    await asyncio.wait_for(closing, 1)
    assert figures(lending) == (0, 0)
    await lending.close()
