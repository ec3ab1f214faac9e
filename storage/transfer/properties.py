"""Listings in an import."""

from collections.abc import Iterable
from typing import Any

import msgspec

from storage import ids
from storage.draft import PropertyDraft, defaults_of
from storage.errors import ProblemCode
from storage.record import PriceChange, Property
from storage.tables import PROPERTIES, price_changes
from storage.transfer.identity_map import IdentityMap
from storage.transfer.outcome import Outcome, Refused, Result
from storage.transfer.owners import Owners
from storage.transfer.row import PropertyRow

_BLANK = defaults_of(PropertyDraft)


class Properties:
    """The listings of one batch, and the price changes of their edits. `now` is in µs since 1970."""

    def __init__(self, stored: Iterable[Property], owners: Owners, now: int) -> None:
        self.map = IdentityMap(stored)
        self.price_changes: list[PriceChange] = []
        self._owners = owners
        self._now = now

    def apply(self, row: PropertyRow) -> Outcome:
        """Insert or change the row's listing, and its owner if the row has columns for it. Raises Refused."""
        found = self.map.find(row.id, row.reference)
        plan = self._owners.plan(row)
        fields = row.given()
        if plan is not None:
            fields["owner_id"] = plan[0].id
        result = self._create(row, fields) if found is None else self._change(row, found, fields)
        if plan is None or plan[1] is Result.UNCHANGED:
            return Outcome(row.kind, result)
        self._owners.map.put(plan[0])
        return Outcome(row.kind, result, owner=plan[1])

    def _create(self, row: PropertyRow, fields: dict[str, Any]) -> Result:
        row.need("address", "city", "price", why="is needed for a new listing")
        if "owner_id" not in fields:
            raise Refused.of("is needed for a new listing (or owner_id)", "owner_reference")
        times = (row.created_at, row.updated_at, self._now)
        created_at = next(time for time in times if time is not None)
        self.map.put(
            Property(
                **_BLANK | fields,
                id=row.id or ids.new_id(ids.PROPERTY),
                version=row.version or 1,
                created_at=created_at,
                updated_at=created_at if row.updated_at is None else row.updated_at,
            )
        )
        return Result.CREATED

    def _change(self, row: PropertyRow, found: Property, fields: dict[str, Any]) -> Result:
        new = msgspec.structs.replace(found, **fields)
        version = found.version if row.version is None else row.version
        if version > found.version:
            # The file is newer than the database, and has the price changes in between as rows of its own.
            updated_at = self._now if row.updated_at is None else row.updated_at
            self.map.put(msgspec.structs.replace(new, version=version, updated_at=updated_at))
            return Result.UPDATED
        if new == found:
            return Result.UNCHANGED
        if version < found.version:
            message = f"the file has version {version}, the database {found.version}"
            raise Refused.of(message, "version", ProblemCode.CONFLICT)
        new = PROPERTIES.next(found, new, self._now)
        self.map.put(new)
        self.price_changes += price_changes(found, new)
        return Result.UPDATED
