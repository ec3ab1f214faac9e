"""Writes: one way for all tables, each in one transaction, the same on both databases."""

from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from itertools import chain
from typing import Any, TypeVar

import msgspec

from storage.database import Database, Transaction
from storage.draft import Draft, values_of
from storage.errors import Problem, ProblemCode, Rejected
from storage.reference import canonical_reference, stored_spellings
from storage.table import Table
from storage.tables import table_rows

Record = TypeVar("Record", bound=msgspec.Struct)
Value = TypeVar("Value")

Invalidating = Callable[[Collection[str]], AbstractAsyncContextManager[None]]
"""Entered with a write's tags before it commits, and left after it has committed or failed. It invalidates the tags."""


@asynccontextmanager
async def invalidate_nothing(tags: Collection[str]) -> AsyncIterator[None]:
    """The default of the hook, without a cache."""
    yield


@asynccontextmanager
async def writing(
    database: Database, invalidating: Invalidating = invalidate_nothing, *, timeout: float | None = None
) -> AsyncIterator["Writing"]:
    """A transaction that commits at the end; `timeout`, in seconds, replaces the deadline of each statement."""
    async with database.transaction(timeout=timeout) as transaction:
        writes = Writing(database, transaction)
        yield writes
        async with invalidating(writes.tags) if writes.tags else nullcontext():
            await transaction.commit()


class Writing:
    """The statements of one transaction. `tags` has the tags of all rows that they change."""

    def __init__(self, database: Database, transaction: Transaction) -> None:
        self.tags: set[str] = set()
        self._sql = database.statements
        self._encode_keys = database.encode_keys
        self._transaction = transaction

    async def find(self, table: Table[Record], column: str, keys: Sequence[str]) -> list[Record]:
        """The rows with these values in the column, in no order."""
        return await self._read(table, f"{table.name}_by_{column}", keys)

    async def lock(self, table: Table[Record], keys: Sequence[str]) -> list[Record]:
        """The rows with these ids, in no order, locked against other writes until the transaction ends."""
        return await self._read(table, f"lock_{table.name}_by_id", keys)

    async def insert(self, table: Table[Record], new: Sequence[Record]) -> None:
        """Insert these rows."""
        await self._write(f"insert_{table.name}", table, new)

    async def update(self, table: Table[Record], old: Sequence[Record], new: Sequence[Record]) -> None:
        """Update the old rows to the new ones."""
        self._touch(table, old)
        await self._write(f"update_{table.name}", table, new)

    async def delete(self, table: Table[Any], old: Sequence[Any]) -> None:
        """Delete these rows, and the rows that the schema deletes with them."""
        if old:
            self._touch(table, old)
            keys = self._encode_keys([record.id for record in old])
            await self._transaction.fetch(self._sql[f"delete_{table.name}"], keys, keys=len(old))

    async def _read(self, table: Table[Record], name: str, keys: Sequence[str]) -> list[Record]:
        if not keys:
            return []
        rows = await self._transaction.fetch(self._sql[name], self._encode_keys(keys), keys=len(keys))
        return [table.record(*row) for row in rows]

    async def _write(self, name: str, table: Table[Record], records: Sequence[Record]) -> None:
        if records:
            self._touch(table, records)
            await self._transaction.fetch(self._sql[name], table_rows(records), keys=len(records))

    def _touch(self, table: Table[Record], records: Iterable[Record]) -> None:
        self.tags.update(chain.from_iterable(map(table.tags, records)))


async def create(writes: Writing, table: Table[Record], drafts: Sequence[Draft], now: int) -> list[Record]:
    """Insert a row for each draft. Raises Rejected with the index of each refused draft."""
    for field, other in table.refers.items():
        await _refuse_unknown(writes, other, field, [getattr(draft, field) for draft in drafts], indexed=True)
    if "reference" in table.fields:
        await _refuse_taken(writes, table, [draft.reference for draft in drafts])  # type: ignore[attr-defined]
    records = [table.make(values_of(draft), now) for draft in drafts]
    await writes.insert(table, records)
    return records


async def update(
    writes: Writing,
    table: Table[Record],
    id: str,
    changes: Mapping[str, Any],
    now: int,
    *,
    expected_version: int | None = None,
) -> Record:
    """Write the changed fields and the table's history. Without a difference it writes nothing. Raises Rejected."""
    old: Any = await _lock_one(writes, table, id)
    if expected_version is not None and expected_version != old.version:
        message = f"the {table.called} is at version {old.version}, not {expected_version}: read it again"
        raise Rejected([Problem(ProblemCode.CONFLICT, message, "expected_version")])
    new: Any = msgspec.structs.replace(old, **changes)
    if new == old:
        return old  # type: ignore[no-any-return]
    if "reference" in table.fields and new.reference != old.reference:
        await _refuse_taken(writes, table, [new.reference], holder=id)
    for field, other in table.refers.items():
        if getattr(new, field) != getattr(old, field):
            await _refuse_unknown(writes, other, field, [getattr(new, field)], indexed=False)
    new = table.next(old, new, now)
    await writes.update(table, [old], [new])
    for history, between in table.history.items():
        await writes.insert(history, between(old, new))
    return new  # type: ignore[no-any-return]


async def delete(writes: Writing, table: Table[Record], id: str) -> Record:
    """Delete the row and return it. Raises Rejected."""
    old = await _lock_one(writes, table, id)
    await writes.delete(table, [old])
    return old


async def _lock_one(writes: Writing, table: Table[Record], id: str) -> Record:
    found = await writes.lock(table, [id])
    if not found:
        raise Rejected([_unknown(table, "id")])
    return found[0]


def _unknown(table: Table[Any], field: str) -> Problem:
    return Problem(ProblemCode.NOT_FOUND, f"there is no {table.noun} with this id", field)


async def _refuse_unknown(
    writes: Writing, table: Table[Any], field: str, keys: Sequence[str], *, indexed: bool
) -> None:
    known = {record.id for record in await writes.lock(table, sorted(set(keys)))}
    _refuse(keys, lambda key: key not in known, _unknown(table, field), indexed=indexed)


async def _refuse_taken(
    writes: Writing, table: Table[Any], references: Sequence[str | None], *, holder: str | None = None
) -> None:
    """Raises Rejected for references that other rows have. `holder` is the id of an updated row; new rows have none."""
    found = await writes.find(table, "reference", stored_spellings(references))
    taken = {canonical_reference(row.reference) for row in found if row.id != holder}

    def is_taken(reference: str | None) -> bool:
        if reference is None:
            return False
        reference = canonical_reference(reference)
        again = reference in taken
        taken.add(reference)
        return again

    problem = Problem(ProblemCode.CONFLICT, "this reference is taken", "reference")
    _refuse(references, is_taken, problem, indexed=holder is None)


def _refuse(values: Sequence[Value], is_bad: Callable[[Value], bool], problem: Problem, *, indexed: bool) -> None:
    problems = [
        msgspec.structs.replace(problem, index=index if indexed else None)
        for index, value in enumerate(values)
        if is_bad(value)
    ]
    if problems:
        raise Rejected(problems)
