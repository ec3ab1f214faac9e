"""Owners in an import: rows of owners, and the `owner_…` columns in rows of listings."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from storage import ids
from storage.draft import OwnerDraft, defaults_of
from storage.errors import ProblemCode
from storage.record import Owner
from storage.reference import is_same_reference
from storage.transfer.identity_map import IdentityMap
from storage.transfer.outcome import Outcome, Refused, Result
from storage.transfer.row import OwnerRow, PropertyRow

_BLANK = defaults_of(OwnerDraft)


class Owners:
    """The owners of one batch. `now` is in µs since 1970."""

    def __init__(self, stored: Iterable[Owner], now: int) -> None:
        self.map = IdentityMap(stored)
        self._now = now

    def apply(self, row: OwnerRow) -> Outcome:
        """Insert or change the row's owner. Raises Refused."""
        found = self.map.find(row.id, row.reference)
        if found is not None:
            new, result = _changed(found, row.given())
        else:
            row.need("name", "email", why="is needed for a new owner")
            id = row.id or ids.new_id(ids.OWNER)
            new, result = self._new(id, row.given(), row.created_at), Result.CREATED
        if result is not Result.UNCHANGED:
            self.map.put(new)
        return Outcome(row.kind, result)

    def plan(self, row: PropertyRow) -> tuple[Owner, Result] | None:
        """The owner of a listing's row, and the row's effect on it; None if it names none. Raises Refused."""
        columns = row.given_of_owner()
        if row.owner_id is not None:
            owner = self.map.find(row.owner_id, None)
            if owner is None:
                raise Refused.of("there is no owner with this id", "owner_id", ProblemCode.NOT_FOUND)
            if row.owner_reference is not None and not is_same_reference(row.owner_reference, owner.reference):
                raise Refused.of(f"{owner.id} has another reference", "owner_reference", ProblemCode.CONFLICT)
            return _changed(owner, columns)
        if row.owner_reference is not None:
            owner = self.map.find(None, row.owner_reference)
            if owner is not None:
                return _changed(owner, columns)
            row.need("owner_name", "owner_email", why="is needed, since no owner has this owner_reference")
            columns["reference"] = row.owner_reference
            return self._new(ids.new_id(ids.OWNER), columns, None), Result.CREATED
        if columns:
            raise Refused.of("is needed beside other columns of the owner (or owner_id)", "owner_reference")
        return None

    def _new(self, id: str, columns: dict[str, Any], created_at: int | None) -> Owner:
        created_at = self._now if created_at is None else created_at
        return Owner(**_BLANK | columns, id=id, created_at=created_at)


def _changed(owner: Owner, columns: Mapping[str, Any]) -> tuple[Owner, Result]:
    new = msgspec.structs.replace(owner, **columns)
    return new, Result.UNCHANGED if new == owner else Result.UPDATED
