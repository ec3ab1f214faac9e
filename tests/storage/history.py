"""Listings whose every version can be told from any read of it, and what a read may therefore show.

Version `v` of a listing has the price `v`, lies in city `v % 3` and belongs to owner `v % 2`. A read shows the version
that was last acknowledged before it began, or a later one that was begun before it ended.
"""

import random
from collections.abc import Awaitable, Callable, Sequence

from storage.record import Owner, Property
from storage.search import CityListing, PropertyFilter, PropertyOrder, PropertyPage, PropertySearch
from storage.store import Store
from tests.drafts import a_listing, an_owner

CITIES = ("Faro", "Lisbon", "Porto")
_MANY = 100

Check = Callable[[], None]


class Stale(AssertionError):
    """A read showed what had been overwritten before it began, or what never was."""


class History:
    """What was written of each listing, by its place."""

    def __init__(self, owners: Sequence[Owner], listings: Sequence[Property]) -> None:
        self.owners = owners
        self.ids = [listing.id for listing in listings]
        self.acknowledged = [listing.price for listing in listings]
        self.begun = list(self.acknowledged)
        self._busy: set[int] = set()

    @classmethod
    async def begin(cls, store: Store, size: int) -> "History":
        """Write the first version of `size` listings."""
        owners = await store.create_owners([an_owner(), an_owner()])
        drafts = [a_listing(owners[0], city=CITIES[0], price=0) for _ in range(size)]
        return cls(owners, await store.create_properties(drafts))

    async def write(self, store: Store, chance: random.Random) -> None:
        """Write the next version of a listing that nobody else writes; if it fails, it may have been written."""
        free = [place for place in range(len(self.ids)) if place not in self._busy]
        if not free:
            return
        place = chance.choice(free)
        self._busy.add(place)
        try:
            self.begun[place] += 1
            version = self.begun[place]
            await store.update_property(
                self.ids[place],
                {"price": version, "city": CITIES[version % 3], "owner_id": self.owners[version % 2].id},
            )
            self.acknowledged[place] = version
        finally:
            self._busy.discard(place)

    def versions(self, place: int, floor: Sequence[int]) -> range:
        """What a read that began at this floor may show of a listing now."""
        return range(floor[place], self.begun[place] + 1)

    def check_row(self, row: Property, floor: Sequence[int]) -> None:
        """Raises Stale."""
        place = self.ids.index(row.id)
        if row.price not in self.versions(place, floor):
            raise Stale(f"version {row.price} of listing {place}, not one of {self.versions(place, floor)}")

    def check_list(self, rows: Sequence[Property], floor: Sequence[int], holds: Callable[[int], bool]) -> None:
        """Raises Stale unless the rows can be all the listings whose version `holds`."""
        shown = {row.id for row in rows}
        for row in rows:
            self.check_row(row, floor)
            if not holds(row.price):
                raise Stale(f"version {row.price} does not belong here")
        for place, id in enumerate(self.ids):
            if id not in shown and all(map(holds, self.versions(place, floor))):
                raise Stale(f"listing {place} is missing: {self.versions(place, floor)}")

    def check_count(self, count: int, floor: Sequence[int], holds: Callable[[int], bool]) -> None:
        """Raises Stale unless so many listings can have a version that `holds`."""
        ranges = [self.versions(place, floor) for place in range(len(self.ids))]
        least = sum(all(map(holds, versions)) for versions in ranges)
        most = sum(any(map(holds, versions)) for versions in ranges)
        if not least <= count <= most:
            raise Stale(f"{count} listings, not {least} to {most}")

    async def read(self, store: Store, chance: random.Random, *, floor: Sequence[int] | None = None) -> None:
        """Read by a way of chance. Raises Stale; what was acknowledged by now must be shown, or what `floor` says."""
        floor = list(self.acknowledged) if floor is None else floor
        ways: list[Callable[[Store, random.Random, Sequence[int]], Awaitable[None]]] = [
            self._read_rows,
            self._read_city,
            self._read_owner,
            self._read_count,
            self._read_search,
        ]
        await chance.choice(ways)(store, chance, floor)

    async def _read_rows(self, store: Store, chance: random.Random, floor: Sequence[int]) -> None:
        wanted = chance.sample(self.ids, chance.randint(1, len(self.ids)))
        found = await store.properties_by_id(wanted)
        if set(found) != set(wanted):
            raise Stale("other listings than were asked for")
        for id, row in found.items():
            if row.id != id:
                raise Stale("a listing under another's id")
            self.check_row(row, floor)

    async def _read_city(self, store: Store, chance: random.Random, floor: Sequence[int]) -> None:
        place = chance.randrange(3)
        wanted = CityListing(CITIES[place].lower(), _MANY)
        found = await store.properties_by_city([wanted])
        self.check_list(found.get(wanted, []), floor, lambda version: version % 3 == place)

    async def _read_owner(self, store: Store, chance: random.Random, floor: Sequence[int]) -> None:
        place = chance.randrange(2)
        wanted = PropertyPage(self.owners[place].id, (), _MANY)
        found = await store.properties_by_owner_id([wanted])
        self.check_list(found.get(wanted, []), floor, lambda version: version % 2 == place)

    async def _read_count(self, store: Store, chance: random.Random, floor: Sequence[int]) -> None:
        place = chance.randrange(2)
        found = await store.property_counts_by_owner_id([self.owners[place].id])
        self.check_count(found.get(self.owners[place].id, 0), floor, lambda version: version % 2 == place)

    async def _read_search(self, store: Store, chance: random.Random, floor: Sequence[int]) -> None:
        place = chance.randrange(3)
        filter = PropertyFilter(city_key=CITIES[place].lower(), statuses=("active",))
        wanted = PropertySearch(filter, PropertyOrder.PRICE_UP, _MANY)
        found = await store.search_properties([wanted])
        self.check_list(found.get(wanted, []), floor, lambda version: version % 3 == place)
