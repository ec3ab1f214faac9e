"""The demo data, as the rows of an import."""

from collections.abc import Iterator

from storage.demo.chance import Chance
from storage.demo.listing import build_listings
from storage.demo.owner import build_owners
from storage.transfer.reading import Reading
from storage.transfer.row import Row


def build_demo(*, owners: int, properties: int, seed: int) -> Iterator[Reading]:
    """Owners, then listings with their price changes. Without owners there are no listings.

    The same arguments give the same rows. Other arguments give other ids and references, so one database can have both.
    """
    for line, row in enumerate(_rows(Chance(seed), owners, properties), 1):
        yield Reading(line, "", row.kind, row)


def _rows(chance: Chance, owners: int, properties: int) -> Iterator[Row]:
    sellers = []
    for row, seller in build_owners(chance, owners):
        sellers.append(seller)
        yield row
    if sellers:
        yield from build_listings(chance, properties, sellers)
