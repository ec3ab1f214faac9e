"""One batch of rows: it reads the stored rows, applies its own to them in memory, and writes the result.

A batch runs the same few statements whatever the number of its rows.
"""

from collections.abc import Iterable, Sequence

from storage.draft import values_of
from storage.errors import ProblemCode
from storage.record import Owner, PriceChange, Property
from storage.reference import stored_spellings
from storage.tables import OWNERS, PRICE_CHANGES, PROPERTIES
from storage.transfer.outcome import Outcome, Refused, Result
from storage.transfer.owners import Owners
from storage.transfer.properties import Properties
from storage.transfer.row import OwnerRow, PriceChangeRow, PropertyRow, Row
from storage.writes import Writing


class Batch:
    """The owners, listings and price changes that a batch of rows is about."""

    def __init__(self, owners: Owners, properties: Properties, known_changes: Iterable[PriceChange]) -> None:
        self._owners = owners
        self._properties = properties
        self._known_changes = {change.id for change in known_changes}
        self._price_changes: list[PriceChange] = []

    def apply(self, row: Row) -> Outcome:
        """The outcome of the row. Rows before it are in effect. A refused row has no effect."""
        try:
            if isinstance(row, PriceChangeRow):
                return self._apply_price_change(row)
            if row.id is None and row.reference is None:
                raise Refused.of("the row has neither id nor reference", "reference")
            return self._owners.apply(row) if isinstance(row, OwnerRow) else self._properties.apply(row)
        except Refused as refused:
            return Outcome(row.kind, Result.REFUSED, refused.problems)

    def _apply_price_change(self, row: PriceChangeRow) -> Outcome:
        if row.id in self._known_changes:
            return Outcome(row.kind, Result.UNCHANGED)
        if row.property_id not in self._properties.map:
            raise Refused.of("there is no listing with this id", "property_id", ProblemCode.NOT_FOUND)
        self._known_changes.add(row.id)
        self._price_changes.append(PriceChange(**values_of(row)))
        return Outcome(row.kind, Result.CREATED)

    async def write(self, writes: Writing) -> None:
        """Write everything: owners before their listings, and a reference is freed before another row gets it."""
        owners, properties = self._owners.map, self._properties.map
        await writes.update(OWNERS, (), owners.passing_on())
        await writes.update(OWNERS, owners.replaced(), owners.updated())
        await writes.insert(OWNERS, owners.inserted())
        await writes.update(PROPERTIES, (), properties.passing_on())
        await writes.update(PROPERTIES, properties.replaced(), properties.updated())
        await writes.insert(PROPERTIES, properties.inserted())
        await writes.insert(PRICE_CHANGES, self._price_changes + self._properties.price_changes)


async def read_batch(writes: Writing, rows: Sequence[Row], now: int) -> Batch:
    """Find and lock the stored rows: listings before owners, as an update of a listing does."""
    listings = [row for row in rows if isinstance(row, PropertyRow)]
    owners = [row for row in rows if isinstance(row, OwnerRow)]
    changes = [row for row in rows if isinstance(row, PriceChangeRow)]

    references = stored_spellings(row.reference for row in listings)
    found = await writes.find(PROPERTIES, "reference", references)
    named = [row.id for row in listings] + [row.property_id for row in changes]
    properties = await writes.lock(PROPERTIES, _keys(named, _ids(found)))

    references = stored_spellings([*(row.reference for row in owners), *(row.owner_reference for row in listings)])
    found_owners = await writes.find(OWNERS, "reference", references)
    named = [row.id for row in owners] + [row.owner_id for row in listings]
    locked = Owners(await writes.lock(OWNERS, _keys(named, _ids(found_owners))), now)

    known = await writes.find(PRICE_CHANGES, "id", _keys(row.id for row in changes))
    return Batch(locked, Properties(properties, locked, now), known)


def _ids(records: Sequence[Owner | Property]) -> list[str]:
    return [record.id for record in records]


def _keys(*columns: Iterable[str | None]) -> list[str]:
    return sorted({key for column in columns for key in column if key is not None})
