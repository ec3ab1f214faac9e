"""How connections are opened, lent and replaced."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from storage.errors import DeadlineExceeded, Unavailable
from storage.postgres import connections, growth
from storage.postgres.address import parse_address
from storage.postgres.connections import Connections
from storage.postgres.errors import translate
from storage.postgres.session import Connection, Server, open_session


class Address:
    """Opens connections, unless it `refuses`; leads to the server `number`."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.refuses: Exception | None = None
        self.number = 1
        self.tries = 0

    async def __call__(self) -> tuple[Connection, Server]:
        self.tries += 1
        if self.refuses is not None:
            raise self.refuses
        connection, _ = await open_session(parse_address(self.url), 5)
        return connection, Server(str(self.number), "1")


FULL = asyncpg.TooManyConnectionsError("sorry, too many clients already")
READ_ONLY = asyncpg.ReadOnlySQLTransactionError("cannot execute INSERT in a read-only transaction")


@pytest.fixture
def address(postgres_url: str) -> Address:
    return Address(postgres_url)


@pytest.fixture
async def pool(address: Address, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Connections]:
    monkeypatch.setattr(growth, "FIRST_PAUSE", 0.02)
    pool = Connections(address, max_size=2, timeout=0.5)
    yield pool
    await asyncio.wait_for(pool.close(), 2)


def figures(pool: Connections) -> tuple[int, int]:
    """Connections that are open, and those lent."""
    use = pool.use()
    return use.open, use.busy


async def tidied(pool: Connections) -> None:
    """Wait until nothing is being opened, checked or closed."""
    while pool._tasks:
        await asyncio.wait(pool._tasks)


async def closed(connection: Connection) -> None:
    """Wait until the connection has ended."""
    ended = asyncio.Event()
    connection.add_termination_listener(lambda _: ended.set())
    if not connection.is_closed():
        await asyncio.wait_for(ended.wait(), 5)


async def test_a_connection_that_was_given_back_is_lent_again(pool: Connections) -> None:
    assert pool.take_idle() is None
    connection = await pool.take()
    assert figures(pool) == (1, 1)
    pool.keep(connection)
    assert figures(pool) == (1, 0)
    assert pool.take_idle() is connection
    pool.keep(connection)


async def test_one_caller_after_the_other_never_opens_a_second(pool: Connections, address: Address) -> None:
    for _ in range(300):
        pool.keep(pool.take_idle() or await pool.take())
        await asyncio.sleep(0)
    assert address.tries == 1


async def test_a_connection_that_is_given_back_goes_to_the_longest_waiting_caller(pool: Connections) -> None:
    first, second = await pool.take(), await pool.take()
    waiting = [asyncio.create_task(pool.take()) for _ in range(2)]
    await asyncio.sleep(0)
    pool.keep(second)
    assert await waiting[0] is second
    pool.keep(first)
    assert await waiting[1] is first
    assert figures(pool) == (2, 2)
    assert pool.use().waits >= 2
    pool.keep(first)
    pool.keep(second)


async def test_a_caller_that_gets_no_connection_in_time_gets_deadline_exceeded(pool: Connections) -> None:
    pool._timeout = 0.05
    lent = [await pool.take(), await pool.take()]
    with pytest.raises(DeadlineExceeded, match="no connection to Postgres became free in time"):
        await pool.take()
    for connection in lent:
        pool.keep(connection)
    assert figures(pool) == (2, 0)


async def test_a_connection_given_to_a_cancelled_caller_goes_to_the_next(pool: Connections) -> None:
    first, second = await pool.take(), await pool.take()
    gone, next_ = (asyncio.create_task(pool.take()) for _ in range(2))
    await asyncio.sleep(0)
    pool.keep(first)
    gone.cancel()
    assert await next_ is first
    assert gone.cancelled()
    pool.keep(first)
    pool.keep(second)


async def test_a_refused_connection_is_no_error_while_another_serves(
    pool: Connections, address: Address, caplog: pytest.LogCaptureFixture
) -> None:
    only = await pool.take()
    address.refuses = FULL
    waiting = [asyncio.create_task(pool.take()) for _ in range(5)]
    await asyncio.sleep(0.05)
    for task in waiting:
        pool.keep(only)
        assert await task is only
    pool.keep(only)
    assert pool.use().refusals in range(1, 5)
    assert caplog.text.count("no further connection to Postgres can be opened (1 open): sorry, too many") == 1


async def test_another_connection_is_tried_again_after_a_pause(
    pool: Connections, address: Address, caplog: pytest.LogCaptureFixture
) -> None:
    only = await pool.take()
    address.refuses = FULL
    waiting = asyncio.create_task(pool.take())
    await asyncio.sleep(0.01)
    address.refuses = None
    other = await waiting
    assert other is not only
    assert "further connections to Postgres can be opened again" in caplog.text
    pool.keep(only)
    pool.keep(other)


async def test_the_pause_between_refused_connections_grows(
    pool: Connections, address: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    only = await pool.take()
    address.refuses = FULL
    before = address.tries
    with pytest.raises(DeadlineExceeded):
        await pool.take()
    assert address.tries - before in range(2, 7)  # after 0, 20, 60, 140, 300 ms
    pool.keep(only)


async def test_without_connections_all_callers_get_the_error_at_once(pool: Connections, address: Address) -> None:
    address.refuses = FULL
    for _ in range(2):
        ends = await asyncio.gather(*(pool.take() for _ in range(4)), return_exceptions=True)
        assert {type(end) for end in ends} == {Unavailable}
        assert "too many clients" in str(ends[0])
    address.refuses = None
    pool.keep(await pool.take())


async def test_a_lost_connection_is_not_lent_again(pool: Connections) -> None:
    lost, other = await pool.take(), await pool.take()
    ended = await lost.fetchval("SELECT pg_backend_pid()")
    pool.keep(other)
    pool.keep(lost)
    await other.execute("SELECT pg_terminate_backend($1)", ended)
    await closed(lost)
    assert pool.take_idle() is other
    assert pool.take_idle() is None
    assert figures(pool) == (1, 1)
    pool.keep(other)


async def test_a_connection_whose_statement_was_given_up_is_kept_once_it_answers(pool: Connections) -> None:
    connection = await pool.take()
    running = asyncio.create_task(connection.execute("SELECT pg_sleep(60)"))
    await asyncio.sleep(0.05)
    running.cancel()
    await asyncio.wait([running])
    pool.put_back(connection, asyncio.CancelledError())
    assert figures(pool) == (1, 1)
    await tidied(pool)
    assert pool.take_idle() is connection
    pool.keep(connection)


async def test_a_connection_that_is_left_in_a_transaction_is_closed(pool: Connections) -> None:
    connection = await pool.take()
    await connection.execute("BEGIN")
    pool.put_back(connection, RuntimeError())
    await tidied(pool)
    assert connection.is_closed()
    assert figures(pool) == (0, 0)


async def test_a_server_that_takes_no_writes_has_every_connection_replaced(pool: Connections, address: Address) -> None:
    first, second, error = await pool.take(), await pool.take(), Unavailable("read-only")
    error.__cause__ = READ_ONLY
    pool.keep(second)
    pool.put_back(first, error)
    await tidied(pool)
    assert first.is_closed()
    assert second.is_closed()
    third = await pool.take()
    pool.keep(third)
    assert not third.is_closed()


async def test_a_server_that_stays_read_only_has_one_connection_replaced_at_a_time(
    pool: Connections, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool.put_back(await pool.take(), READ_ONLY)
    reader, writer = await pool.take(), await pool.take()
    pool.keep(reader)
    pool.put_back(writer, READ_ONLY)
    await tidied(pool)
    assert writer.is_closed()
    assert not reader.is_closed()


async def test_a_connection_that_leads_to_another_server_replaces_the_others(
    pool: Connections, address: Address, caplog: pytest.LogCaptureFixture
) -> None:
    lent = await pool.take()
    assert pool.server == Server("1", "1")
    address.number = 2
    moved = await pool.take()
    assert pool.server == Server("2", "1")
    pool.keep(lent)
    pool.keep(moved)
    await tidied(pool)
    assert lent.is_closed()
    assert not moved.is_closed()
    assert "Postgres was restarted, or another server answers at its address" in caplog.text


async def test_connections_move_to_the_server_that_their_address_leads_to(pool: Connections, address: Address) -> None:
    pool.keep(await pool.take())
    await pool.move_to(Server("1", "1"))
    assert address.tries == 1
    await pool.move_to(Server("2", "1"))
    assert pool.server == Server("1", "1")
    address.number = 2
    await pool.move_to(Server("2", "1"))
    assert pool.server == Server("2", "1")
    assert figures(pool) == (1, 0)


async def test_unused_connections_are_closed_except_one(pool: Connections, monkeypatch: pytest.MonkeyPatch) -> None:
    lent = [await pool.take(), await pool.take()]
    for connection in lent:
        pool.keep(connection)
    pool._look()
    assert figures(pool) == (2, 0)
    pool._look()
    assert figures(pool) == (1, 0)
    pool._look()
    assert figures(pool) == (1, 0)


async def test_old_connections_are_closed_when_they_come_back(
    pool: Connections, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "LIFETIME", -1.0)
    busy, idle = await pool.take(), await pool.take()
    pool.keep(idle)
    pool._look()
    assert figures(pool) == (1, 1)
    pool.keep(busy)
    assert figures(pool) == (0, 0)


async def test_closing_waits_for_lent_connections(address: Address) -> None:
    pool = Connections(address, max_size=2, timeout=0.3)
    idle, lent = await pool.take(), await pool.take()
    pool.keep(idle)
    closing = asyncio.create_task(pool.close())
    waiting: Any = asyncio.create_task(pool.take())
    await asyncio.sleep(0.05)
    assert not closing.done()
    with pytest.raises(Unavailable):
        await waiting
    pool.keep(lent)
    await asyncio.wait_for(closing, 1)
    assert figures(pool) == (0, 0)
    await pool.close()


@pytest.mark.parametrize(
    "error",
    [
        asyncpg.InternalClientError("cannot switch to state 15; another operation (2) is in progress"),
        asyncpg.InterfaceError("cannot perform operation: another operation is in progress"),
        asyncpg.InterfaceError("the underlying connection is closed"),
        asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation"),
    ],
)
def test_a_lost_connection_is_not_reported_in_the_drivers_words(error: Exception) -> None:
    assert str(translate(error)) == "Postgres: the connection was lost"
