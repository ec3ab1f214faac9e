"""The one door to a database, as the stores see it: statements go in, rows come out, and each is observed."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager
from time import perf_counter
from typing import Any, Protocol

import msgspec

from storage.channel import Channel, Hearer
from storage.events import QueryEvent, tell
from storage.statements import Statement, Statements

Row = Sequence[Any]
Page = Mapping[str, Any]  # one key of a paged statement: its parameters by name, "key" and "size" among them


OnQuery = Callable[[QueryEvent], None]


def ignore_query(event: QueryEvent) -> None:
    """The hook's default: nobody listens."""


class Deadlines(msgspec.Struct, frozen=True):
    """How long to wait, in seconds: to connect, to be given a connection, and for a statement."""

    connect: float = 5.0
    acquire: float = 2.0
    statement: float = 10.0


class PoolUse(msgspec.Struct, frozen=True):
    """Connections that are open and those at work; how often a caller had to wait for one, and the seconds in all.

    `refusals` counts the attempts to open another that failed.
    """

    open: int
    busy: int
    waits: int
    waited: float
    refusals: int = 0


class Connection(Protocol):
    """What runs statements: a database, or one transaction of it."""

    async def fetch(
        self, statement: Statement, *args: object, keys: int = 1, timeout: float | None = None
    ) -> Sequence[Row]:
        """The statement's rows; `keys` is what the hook is told, `timeout` replaces the statement's deadline.

        Raises DeadlineExceeded, Unavailable, InvalidValue, or Rejected where a constraint of the tables says no.
        """


class Transaction(Connection, Protocol):
    """Statements that take effect together or not at all. After one that fails, nothing follows but the rollback."""

    async def commit(self) -> None:
        """Let them take effect; nothing may follow. Raises RuntimeError if one of them failed, and as `fetch` does."""

    async def run_script(self, sql: str) -> None:
        """Run several statements that take no parameters and give no rows."""


class Database(Connection, Protocol):
    """A database that is open. It hands out connections, and must be closed."""

    statements: Statements
    migrations: str  # the package that holds them
    preparation: str  # the script that runs before the first of them, if there is one
    readers: int  # how many statements may read at once, with room left for a write

    def encode_keys(self, keys: Sequence[str]) -> object:
        """Keys as the one parameter that a statement takes them in."""

    async def fetch_pages(
        self, statement: Statement, pages: Sequence[Page], *, keys: int, timeout: float | None = None
    ) -> Sequence[Row]:
        """The rows of every page, each page's in its order; a row ends with the key it answers."""

    def transaction(self, *, timeout: float | None = None) -> AbstractAsyncContextManager[Transaction]:
        """Commit at the end, if that has not been done, and roll back on any exception.

        `timeout` replaces each statement's deadline.
        """

    def snapshot(self) -> AbstractAsyncContextManager[Connection]:
        """Read one state of the database, however long it takes."""

    def use(self) -> PoolUse:
        """How the connections are used now, and the waits since it was opened."""

    def open_channel(self, hearer: Hearer, bound: float) -> Channel:
        """What tells of others' writes here, within `bound` seconds. Must be closed first."""

    async def plan(self, statement: Statement) -> list[str]:
        """How the database would run this text for any arguments, a line a step; nothing is run. Raises as `fetch`."""

    async def close(self) -> None:
        """Close every connection. A second call does nothing."""


class Door:
    """Times every statement, tells the hook and whoever listens, and translates what the driver raises."""

    def __init__(self, on_query: OnQuery, translate: Callable[[Exception], Exception]) -> None:
        self._on_query = on_query
        self._translate = translate

    async def run(self, statement: Statement, keys: int, work: Awaitable[Sequence[Row]]) -> Sequence[Row]:
        """Await `work`, the driver's run of `statement`."""
        started = perf_counter()
        try:
            rows = await work
        except asyncio.CancelledError:
            self._tell(QueryEvent(statement, keys, 0, perf_counter() - started, "Cancelled"))
            raise
        except Exception as exc:
            error = self._translate(exc)
            self._tell(QueryEvent(statement, keys, 0, perf_counter() - started, type(error).__name__))
            if error is exc:
                raise
            raise error from exc
        self._tell(QueryEvent(statement, keys, len(rows), perf_counter() - started))
        return rows

    def _tell(self, event: QueryEvent) -> None:
        self._on_query(event)
        tell(event)


@contextmanager
def translated(translate: Callable[[Exception], Exception]) -> Iterator[None]:
    """For what runs beside the door: connecting, beginning, committing."""
    try:
        yield
    except Exception as exc:
        error = translate(exc)
        if error is exc:
            raise
        raise error from exc


class Unit:
    """One transaction's statements through the door. Postgres ends it at a failure by itself; SQLite would go on."""

    def __init__(
        self,
        door: Door,
        run: Callable[[str, Sequence[object], float], Awaitable[Any]],
        timeout: float,
        commit: Callable[[], Awaitable[None]],
    ) -> None:
        self._door = door
        self._run = run
        self._timeout = timeout
        self._commit = commit
        self._failed = False

    async def commit(self) -> None:
        self.refuse_failed()
        await self._commit()

    async def fetch(
        self, statement: Statement, *args: object, keys: int = 1, timeout: float | None = None
    ) -> Sequence[Row]:
        self.refuse_failed()
        try:
            return await self._door.run(statement, keys, self._run(statement.text, args, timeout or self._timeout))
        except BaseException:
            self._failed = True
            raise

    def refuse_failed(self) -> None:
        """Raise RuntimeError if a statement failed before."""
        if self._failed:
            raise RuntimeError("a statement of this transaction failed: nothing of it can be written")
