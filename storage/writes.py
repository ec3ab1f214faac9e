"""What the writes of a Store do within their transaction, the same on either database."""

from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from itertools import chain
from typing import Any, TypeVar

import msgspec

from storage import ids
from storage.database import Database, Transaction
from storage.draft import OwnerDraft, PropertyDraft
from storage.errors import Problem, ProblemCode, Rejected
from storage.record import Owner, PriceChange, Property
from storage.reference import canonical_reference, stored_spellings
from storage.table_row import table_rows
from storage.tags import tags_of

Record = TypeVar("Record", bound=Owner | Property | PriceChange)


Invalidating = Callable[[Collection[str]], AbstractAsyncContextManager[None]]
"""Entered with a write's tags before it commits and left when it has, or has failed: caches forget what they name."""


@asynccontextmanager
async def invalidate_nothing(tags: Collection[str]) -> AsyncIterator[None]:
    """The hook's default: there is no cache."""
    yield


@asynccontextmanager
async def writing(
    database: Database, invalidating: Invalidating = invalidate_nothing, *, timeout: float | None = None
) -> AsyncIterator["Writes"]:
    """A transaction that commits at the end; `timeout` in seconds replaces each statement's deadline."""
    async with AsyncExitStack() as committed, database.transaction(timeout=timeout) as transaction:
        writes = Writes(database, transaction)
        yield writes
        if writes.tags:
            await committed.enter_async_context(invalidating(writes.tags))


class Writes:
    """One transaction's statements, by what they are for. `tags` name what they change."""

    def __init__(self, database: Database, transaction: Transaction) -> None:
        self.tags: set[str] = set()
        self._sql = database.statements
        self._encode_keys = database.encode_keys
        self._transaction = transaction

    async def lookup(self, name: str, record: type[Record], keys: Sequence[str]) -> list[Record]:
        """The records that the lookup of this name finds, in no order."""
        if not keys:
            return []
        rows = await self._transaction.fetch(self._sql[name], self._encode_keys(keys), keys=len(keys))
        return [record(*row) for row in rows]

    async def write(self, name: str, records: Sequence[Owner | Property | PriceChange]) -> None:
        """Run the INSERT or UPDATE of this name over these records."""
        if records:
            self._touch(records)
            await self._transaction.fetch(self._sql[name], table_rows(records), keys=len(records))

    async def update(self, name: str, old: Sequence[Owner | Property], new: Sequence[Owner | Property]) -> None:
        """Run the UPDATE of this name, which makes the old records new ones."""
        self._touch(old)
        await self.write(name, new)

    async def delete_properties(self, doomed: Sequence[Property]) -> None:
        """Delete these listings and their price changes."""
        self._touch(doomed)
        keys = self._encode_keys([listing.id for listing in doomed])
        await self._transaction.fetch(self._sql["delete_properties"], keys, keys=len(doomed))

    def _touch(self, records: Iterable[Owner | Property | PriceChange]) -> None:
        self.tags.update(chain.from_iterable(map(tags_of, records)))


async def create_owners(writes: Writes, drafts: Sequence[OwnerDraft], now: int) -> list[Owner]:
    """Insert them all, or raise Rejected."""
    await _refuse_taken(writes, "owners_by_reference", Owner, [draft.reference for draft in drafts])
    owners = [Owner(id=ids.new_id(ids.OWNER), created_at=now, **draft.model_dump()) for draft in drafts]
    await writes.write("insert_owners", owners)
    return owners


async def create_properties(writes: Writes, drafts: Sequence[PropertyDraft], now: int) -> list[Property]:
    """Insert them all, or raise Rejected."""
    await _refuse_unknown_owners(writes, [draft.owner_id for draft in drafts], indexed=True)
    references = [draft.reference for draft in drafts]
    await _refuse_taken(writes, "properties_by_reference", Property, references)
    properties = [
        Property(id=ids.new_id(ids.PROPERTY), version=1, created_at=now, updated_at=now, **draft.model_dump())
        for draft in drafts
    ]
    await writes.write("insert_properties", properties)
    return properties


async def update_owner(writes: Writes, id: str, changes: Mapping[str, Any]) -> Owner:
    """Write the changed fields, or raise Rejected."""
    old = _only(await writes.lookup("lock_owners_by_id", Owner, [id]), "owner")
    new = msgspec.structs.replace(old, **changes)
    if new == old:
        return old
    if new.reference != old.reference:
        await _refuse_taken(writes, "owners_by_reference", Owner, [new.reference], holder=id)
    await writes.update("update_owners", [old], [new])
    return new


async def update_property(
    writes: Writes, id: str, changes: Mapping[str, Any], expected_version: int | None, now: int
) -> Property:
    """Write the changed fields and the price change they make, or raise Rejected."""
    old = _only(await writes.lookup("lock_properties_by_id", Property, [id]), "property")
    if expected_version is not None and expected_version != old.version:
        message = f"the listing is at version {old.version}, not {expected_version}: read it again"
        raise Rejected([Problem(ProblemCode.CONFLICT, message, "expected_version")])
    new = msgspec.structs.replace(old, **changes)
    if new == old:
        return old
    if new.reference != old.reference:
        await _refuse_taken(writes, "properties_by_reference", Property, [new.reference], holder=id)
    if new.owner_id != old.owner_id:
        await _refuse_unknown_owners(writes, [new.owner_id], indexed=False)
    new = next_version(old, new, now)
    await writes.update("update_properties", [old], [new])
    await writes.write("insert_price_changes", price_changes(old, new))
    return new


async def delete_property(writes: Writes, id: str) -> Property:
    """Delete the listing, or raise Rejected."""
    old = _only(await writes.lookup("lock_properties_by_id", Property, [id]), "property")
    await writes.delete_properties([old])
    return old


def next_version(old: Property, new: Property, now: int) -> Property:
    """`new` as it is stored over `old`."""
    return msgspec.structs.replace(new, version=old.version + 1, updated_at=max(now, old.updated_at))


def price_changes(old: Property, new: Property) -> list[PriceChange]:
    """The price change that storing `new` over `old` makes, if its price or status differs."""
    if (old.price, old.status) == (new.price, new.status):
        return []
    return [
        PriceChange(
            id=ids.new_id(ids.PRICE_CHANGE),
            property_id=new.id,
            old_price=old.price,
            new_price=new.price,
            old_status=old.status,
            new_status=new.status,
            changed_at=new.updated_at,
        )
    ]


def _only(found: Sequence[Record], noun: str) -> Record:
    if not found:
        raise Rejected([Problem(ProblemCode.NOT_FOUND, f"there is no {noun} with this id", "id")])
    return found[0]


async def _refuse_unknown_owners(writes: Writes, owner_ids: Sequence[str], *, indexed: bool) -> None:
    known = {owner.id for owner in await writes.lookup("lock_owners_by_id", Owner, sorted(set(owner_ids)))}
    _refuse(
        owner_ids,
        lambda owner_id: owner_id not in known,
        Problem(ProblemCode.NOT_FOUND, "there is no owner with this id", "owner_id"),
        indexed=indexed,
    )


async def _refuse_taken(
    writes: Writes,
    lookup: str,
    record: type[Owner] | type[Property],
    references: Sequence[str | None],
    *,
    holder: str | None = None,
) -> None:
    """Raises Rejected for references that other rows hold: of new rows, or with `holder` of the row with this id."""
    found = await writes.lookup(lookup, record, stored_spellings(references))
    taken = {canonical_reference(row.reference) for row in found if row.reference is not None and row.id != holder}

    def is_taken(reference: str | None) -> bool:
        if reference is None:
            return False
        reference = canonical_reference(reference)
        again = reference in taken
        taken.add(reference)
        return again

    problem = Problem(ProblemCode.CONFLICT, "this reference is taken", "reference")
    _refuse(references, is_taken, problem, indexed=holder is None)


Value = TypeVar("Value")


def _refuse(values: Sequence[Value], is_bad: Callable[[Value], bool], problem: Problem, *, indexed: bool) -> None:
    problems = [
        msgspec.structs.replace(problem, index=index if indexed else None)
        for index, value in enumerate(values)
        if is_bad(value)
    ]
    if problems:
        raise Rejected(problems)
