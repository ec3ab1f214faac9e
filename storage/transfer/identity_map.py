"""The rows of one table as a batch sees them: those it found stored, and what its own rows made of them so far."""

from collections.abc import Iterable
from typing import Generic, TypeVar

import msgspec

from storage.errors import ProblemCode
from storage.record import Owner, Property
from storage.reference import by_reference, canonical_reference
from storage.transfer.outcome import Refused

Record = TypeVar("Record", Owner, Property)


class IdentityMap(Generic[Record]):
    """Finds by id and by reference; keeps what must be inserted and updated in the end, each record once.

    Of two stored records whose references are one (in NFC and in NFD) the one in NFC is found.
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
        """The record with this id, or without an id this reference. Raises Refused if they name different ones."""
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
        """What is new, by reference: importers that make the same rows at once wait for each other in one order."""
        fresh = [self._now[id] for id in self._touched if id not in self._stored]
        return sorted(fresh, key=lambda record: record.reference or "")

    def updated(self) -> list[Record]:
        """What was stored and differs now."""
        return [self._now[id] for id in self._touched if self._now[id] != self._stored.get(id, self._now[id])]

    def replaced(self) -> list[Record]:
        """What was stored where it differs now."""
        return [self._stored[record.id] for record in self.updated()]

    def passing_on(self) -> list[Record]:
        """As stored, but without a reference: those whose reference another updated record takes over."""
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
