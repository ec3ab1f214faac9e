"""The rows of one table as a batch sees them: the stored rows, with the changes by its own rows so far."""

from collections.abc import Iterable
from typing import Generic, TypeVar

import msgspec

from storage.errors import ProblemCode
from storage.record import Owner, Property
from storage.reference import by_reference, canonical_reference
from storage.transfer.outcome import Refused

Record = TypeVar("Record", Owner, Property)


class IdentityMap(Generic[Record]):
    """Finds records by id and reference, and collects those to insert and to update, each once.

    If two stored records have one reference, in NFC and in NFD, the one in NFC is found.
    """

    def __init__(self, stored: Iterable[Record]) -> None:
        self._stored: dict[str, Record] = {record.id: record for record in stored}
        self._now: dict[str, Record] = dict(self._stored)
        named = [
            canonical_reference(record.reference) for record in self._stored.values() if record.reference is not None
        ]
        self._ids = {reference: record.id for reference, record in by_reference(named, self._stored.values()).items()}
        self._touched: dict[str, None] = {}

    def __contains__(self, id: str) -> bool:
        return id in self._now

    def find(self, id: str | None, reference: str | None) -> Record | None:
        """The record with this id, or with this reference if there is no id. Raises Refused if the two disagree."""
        if reference is not None:
            holder = self._ids.get(canonical_reference(reference))
            if id is None:
                return None if holder is None else self._now[holder]
            if holder is not None and holder != id:
                raise Refused.of(f"this reference belongs to {holder}", "reference", ProblemCode.CONFLICT)
        return None if id is None else self._now.get(id)

    def put(self, record: Record) -> None:
        """Insert or update this record at the end of the batch."""
        old = self._now.get(record.id)
        if old is None or old.reference != record.reference:
            if old is not None and old.reference is not None:
                self._release(canonical_reference(old.reference), old.id)
            if record.reference is not None:
                self._ids[canonical_reference(record.reference)] = record.id
        self._now[record.id] = record
        self._touched[record.id] = None

    def _release(self, reference: str, id: str) -> None:
        if self._ids.get(reference) == id:
            del self._ids[reference]

    def inserted(self) -> list[Record]:
        """The new records, sorted by reference, so that concurrent imports of the same rows can't deadlock."""
        fresh = [self._now[id] for id in self._touched if id not in self._stored]
        return sorted(fresh, key=lambda record: record.reference or "")

    def updated(self) -> list[Record]:
        """The changed records, as they are now."""
        return [self._now[id] for id in self._touched if self._now[id] != self._stored.get(id, self._now[id])]

    def replaced(self) -> list[Record]:
        """The changed records, as they are stored."""
        return [self._stored[record.id] for record in self.updated()]

    def passing_on(self) -> list[Record]:
        """Stored records without their reference, if another updated record takes it over."""
        freed: dict[str | None, Record] = {}
        taken: set[str | None] = set()
        for new in self.updated():
            old = self._stored[new.id]
            if new.reference != old.reference:
                freed[old.reference] = old
                taken.add(new.reference)
        return [
            msgspec.structs.replace(old, reference=None)
            for reference, old in freed.items()
            if reference is not None and reference in taken
        ]
