"""Listings whose every version can be told from any read of it, and what a read may therefore show.

Version `v` of a listing has the price `v`, lies in city `v % 3` and belongs to owner `v % 2`. A read shows the version
that was last acknowledged before it began, or a later one that was begun before it ended.
"""

import random
from collections.abc import Awaitable, Callable, Collection, Sequence
from time import monotonic
from typing import NamedTuple

from storage.reads.property import (
    PROPERTIES_BY_CITY,
    PROPERTIES_BY_ID,
    PROPERTIES_BY_OWNER_ID,
    PROPERTY_COUNTS_BY_OWNER_ID,
    SEARCH_PROPERTIES,
)
from storage.record import Owner, Property
from storage.search import CityListing, PropertyFilter, PropertyOrder, PropertyPage, PropertySearch
from storage.store import Store
from storage.tables import OWNERS, PROPERTIES
from tests.drafts import a_listing, an_owner

CITIES = ("Faro", "Lisbon", "Porto")
_MANY = 100


Holds = Callable[[int], bool]


def every_version(version: int) -> bool:
    """A listing's own row, whatever its version."""
    return True


class Stale(AssertionError):
    """A read showed what had been overwritten before it began, or what never was."""


class Write(NamedTuple):
    """A version that was acknowledged, when (of `monotonic()`), and whose write it was."""

    version: int
    moment: float
    writer: str


class Floor(NamedTuple):
    """The versions of each listing, by its place, whose writes a read that began then must know of."""

    known: Sequence[Sequence[int]]
    began: float


class History:
    """What was written of each listing, by its place. `staleness` is the greatest seen, in seconds."""

    def __init__(self, owners: Sequence[Owner], listings: Sequence[Property]) -> None:
        self.owners = owners
        self.ids = [listing.id for listing in listings]
        self.acknowledged = [[Write(listing.price, monotonic(), "")] for listing in listings]
        self.begun = [listing.price for listing in listings]
        self.staleness = 0.0
        self._busy: set[int] = set()

    @classmethod
    async def begin(cls, store: Store, size: int) -> "History":
        """Write the first version of `size` listings."""
        owners = await store.create(OWNERS, [an_owner(), an_owner()])
        drafts = [a_listing(owners[0], city=CITIES[0], price=0) for _ in range(size)]
        return cls(owners, await store.create(PROPERTIES, drafts))

    async def write(self, store: Store, chance: random.Random, writer: str = "") -> None:
        """Write the next version of a listing that nobody else writes; if it fails, it may have been written."""
        free = [place for place in range(len(self.ids)) if place not in self._busy]
        if not free:
            return
        place = chance.choice(free)
        self._busy.add(place)
        try:
            self.begun[place] += 1
            version = self.begun[place]
            await store.update(
                PROPERTIES,
                self.ids[place],
                {"price": version, "city": CITIES[version % 3], "owner_id": self.owners[version % 2].id},
            )
            self.acknowledged[place].append(Write(version, monotonic(), writer))
        finally:
            self._busy.discard(place)

    def floor(self, *, max_staleness: float = 0.0, at_once: Collection[str] | None = None) -> Floor:
        """For a read that begins now: writes show after `max_staleness` seconds, those by `at_once` immediately."""
        now = monotonic()
        known = [
            [
                write.version
                for write in writes
                if write.moment <= now - max_staleness or (at_once is not None and write.writer in at_once)
            ]
            for writes in self.acknowledged
        ]
        return Floor(known, now)

    def versions(self, place: int, floor: Floor, holds: Holds = every_version) -> range:
        """What a read that began at this floor may show of a listing now, in the list of versions that `holds` tells.

        A list is known to have changed by a write that took the listing from it or put it there, not by others.
        """
        touching = (version for version in floor.known[place] if holds(version) or holds(version - 1))
        return range(max(touching, default=0), self.begun[place] + 1)

    def check_row(self, row: Property, floor: Floor, holds: Holds = every_version) -> None:
        """Raises Stale."""
        place = self.ids.index(row.id)
        if row.price not in self.versions(place, floor, holds):
            raise Stale(f"version {row.price} of listing {place}, not one of {self.versions(place, floor, holds)}")
        later = next((write for write in self.acknowledged[place] if write.version > row.price), None)
        if later is not None:
            self.staleness = max(self.staleness, floor.began - later.moment)

    def check_list(self, rows: Sequence[Property], floor: Floor, holds: Holds) -> None:
        """Raises Stale unless the rows can be all the listings whose version `holds`."""
        shown = {row.id for row in rows}
        for row in rows:
            self.check_row(row, floor, holds)
            if not holds(row.price):
                raise Stale(f"version {row.price} does not belong here")
        for place, id in enumerate(self.ids):
            if id not in shown and all(map(holds, self.versions(place, floor, holds))):
                raise Stale(f"listing {place} is missing: {self.versions(place, floor, holds)}")

    def check_count(self, count: int, floor: Floor, holds: Holds) -> None:
        """Raises Stale unless so many listings can have a version that `holds`."""
        ranges = [self.versions(place, floor, holds) for place in range(len(self.ids))]
        least = sum(all(map(holds, versions)) for versions in ranges)
        most = sum(any(map(holds, versions)) for versions in ranges)
        if not least <= count <= most:
            raise Stale(f"{count} listings, not {least} to {most}")

    async def read(self, store: Store, chance: random.Random, floor: Floor | None = None) -> None:
        """Read by a way of chance. Raises Stale if less is shown than `floor` says: by default all acknowledged."""
        ways: list[Callable[[Store, random.Random, Floor], Awaitable[None]]] = [
            self._read_rows,
            self._read_city,
            self._read_owner,
            self._read_count,
            self._read_search,
        ]
        await chance.choice(ways)(store, chance, floor or self.floor())

    async def _read_rows(self, store: Store, chance: random.Random, floor: Floor) -> None:
        wanted = chance.sample(self.ids, chance.randint(1, len(self.ids)))
        found = await store.read(PROPERTIES_BY_ID, wanted)
        if set(found) != set(wanted):
            raise Stale("other listings than were asked for")
        for id, row in found.items():
            if row.id != id:
                raise Stale("a listing under another's id")
            self.check_row(row, floor)

    async def _read_city(self, store: Store, chance: random.Random, floor: Floor) -> None:
        place = chance.randrange(3)
        wanted = CityListing(CITIES[place].lower(), _MANY)
        found = await store.read(PROPERTIES_BY_CITY, [wanted])
        self.check_list(found.get(wanted, []), floor, lambda version: version % 3 == place)

    async def _read_owner(self, store: Store, chance: random.Random, floor: Floor) -> None:
        place = chance.randrange(2)
        wanted = PropertyPage(self.owners[place].id, (), _MANY)
        found = await store.read(PROPERTIES_BY_OWNER_ID, [wanted])
        self.check_list(found.get(wanted, []), floor, lambda version: version % 2 == place)

    async def _read_count(self, store: Store, chance: random.Random, floor: Floor) -> None:
        place = chance.randrange(2)
        found = await store.read(PROPERTY_COUNTS_BY_OWNER_ID, [self.owners[place].id])
        self.check_count(found.get(self.owners[place].id, 0), floor, lambda version: version % 2 == place)

    async def _read_search(self, store: Store, chance: random.Random, floor: Floor) -> None:
        place = chance.randrange(3)
        filter = PropertyFilter(city_key=CITIES[place].lower(), statuses=("active",))
        wanted = PropertySearch(filter, PropertyOrder.PRICE_UP, _MANY)
        found = await store.read(SEARCH_PROPERTIES, [wanted])
        self.check_list(found.get(wanted, []), floor, lambda version: version % 3 == place)
