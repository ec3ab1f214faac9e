"""The contract of a database, and the one door that every statement goes through."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager
from time import perf_counter
from typing import Any, Protocol

import msgspec

from storage.channel import Channel, InvalidationHandler
from storage.events import QueryEvent, emit
from storage.statements import Statement, Statements

Row = Sequence[Any]
Page = Mapping[str, Any]  # one key of a paged statement: its parameters by name, "key" and "size" among them


OnQuery = Callable[[QueryEvent], None]


def ignore_query(event: QueryEvent) -> None:
    """The default of the hook: do nothing."""


class Deadlines(msgspec.Struct, frozen=True):
    """Seconds to wait for connecting, for a connection of the pool, and for a statement."""

    connect: float = 5.0
    acquire: float = 2.0
    statement: float = 10.0


class PoolUse(msgspec.Struct, frozen=True):
    """How many connections are open and busy, how many callers waited for one, and the seconds of all waits.

    `refusals` counts failed attempts to open another connection.
    """

    open: int
    busy: int
    waits: int
    waited: float
    refusals: int = 0


class Connection(Protocol):
    """Runs statements: a database, or one of its transactions."""

    async def fetch(
        self, statement: Statement, *args: object, keys: int = 1, timeout: float | None = None
    ) -> Sequence[Row]:
        """The statement's rows. Events report the number of `keys`; `timeout`, in seconds, replaces the deadline.

        Raises DeadlineExceeded, Unavailable, InvalidValue, or Rejected if the rows violate a constraint.
        """


class Transaction(Connection, Protocol):
    """Statements that take effect together or not at all. After one has failed, only a rollback can follow."""

    async def commit(self) -> None:
        """Commit; no statement may follow. Raises RuntimeError if one has failed, and the errors of `fetch`."""

    async def run_script(self, sql: str) -> None:
        """Run several statements without parameters and rows."""


class Database(Connection, Protocol):
    """An open database. It must be closed."""

    statements: Statements
    migrations: str  # the package of its migrations
    preparation: str  # a script that runs before the first migration, or ""
    readers: int  # how many statements may read at once and leave room for a write

    def encode_keys(self, keys: Sequence[str]) -> object:
        """The keys as one parameter of a statement."""

    async def fetch_pages(
        self, statement: Statement, pages: Sequence[Page], *, keys: int, timeout: float | None = None
    ) -> Sequence[Row]:
        """The rows of all pages, each page's in its order. The last value of a row is its page's key."""

    def transaction(self, *, timeout: float | None = None) -> AbstractAsyncContextManager[Transaction]:
        """A transaction: commits at the end, unless it is committed already, and rolls back on any exception.

        `timeout`, in seconds, replaces the deadline of each statement.
        """

    def snapshot(self) -> AbstractAsyncContextManager[Connection]:
        """Statements that all see the database's state of one moment."""

    def use(self) -> PoolUse:
        """The use of the connections now, and the waits since the database was opened."""

    def open_channel(self, handler: InvalidationHandler, max_staleness: float) -> Channel:
        """A channel that passes others' writes to the handler. Close it before the database."""

    async def plan(self, statement: Statement) -> list[str]:
        """The query plan of the statement for any arguments, one step a line. Raises the errors of `fetch`."""

    async def close(self) -> None:
        """Close every connection. A second call does nothing."""


class Door:
    """Times every statement, emits its event, and translates the driver's errors."""

    def __init__(self, on_query: OnQuery, translate: Callable[[Exception], Exception]) -> None:
        self._on_query = on_query
        self._translate = translate

    async def run(self, statement: Statement, keys: int, work: Awaitable[Sequence[Row]]) -> Sequence[Row]:
        """Await `work`, the driver's run of `statement`."""
        started = perf_counter()
        try:
            rows = await work
        except asyncio.CancelledError:
            self._emit(QueryEvent(statement, keys, 0, perf_counter() - started, "Cancelled"))
            raise
        except Exception as exc:
            error = self._translate(exc)
            self._emit(QueryEvent(statement, keys, 0, perf_counter() - started, type(error).__name__))
            if error is exc:
                raise
            raise error from exc
        self._emit(QueryEvent(statement, keys, len(rows), perf_counter() - started))
        return rows

    def _emit(self, event: QueryEvent) -> None:
        self._on_query(event)
        emit(event)


@contextmanager
def translated(translate: Callable[[Exception], Exception]) -> Iterator[None]:
    """Translates errors of calls that aren't statements: connecting, beginning, committing."""
    try:
        yield
    except Exception as exc:
        error = translate(exc)
        if error is exc:
            raise
        raise error from exc


class Unit(ABC):
    """One transaction's statements. After a failed one it refuses others: Postgres would too, SQLite would not."""

    def __init__(self, door: Door, timeout: float) -> None:
        self.is_ending = False  # committed, or failed to commit: there is nothing to roll back
        self._door = door
        self._timeout = timeout
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
        """Raises RuntimeError if a statement has failed."""
        if self._failed:
            raise RuntimeError("a statement of this transaction failed: nothing of it can be written")

    @abstractmethod
    async def _run(self, text: str, args: Sequence[object], timeout: float) -> Sequence[Row]: ...

    @abstractmethod
    async def _commit(self) -> None: ...
