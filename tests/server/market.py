"""Listings of every status with their history, and which of these rows the public may see."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from storage.database import Database
from storage.ids import OWNER, PRICE_CHANGE, PROPERTY
from storage.record import Owner, PriceChange, Property
from storage.tables import table_rows
from storage.visibility import EVERY_LISTING, PUBLISHED_LISTINGS

HIDDEN = "Hidden Street"
HIDDEN_PRICE = 777_000


def id_of(prefix: str, number: int) -> str:
    return f"{prefix}_0{number:025d}"


OWNERS = [Owner(id_of(OWNER, number), None, f"Owner {number}", "a@example.org", None, number) for number in range(3)]


def listing(number: int, status: str, owner: Owner) -> Property:
    hidden = status not in PUBLISHED_LISTINGS.statuses
    return Property(
        id=id_of(PROPERTY, number),
        reference=f"{'hidden' if hidden else 'shown'}-{number}",
        version=1,
        address=f"{number} {HIDDEN if hidden else 'Market Street'}",
        city="Lisbon" if number % 2 else "Porto",
        region="North" if number % 3 else None,
        postal_code=None,
        price=HIDDEN_PRICE + number if hidden else 100_000 + number,
        status=status,
        bedrooms=number % 4,
        bathrooms=1.0,
        area=50.0,
        latitude=10.0,
        longitude=20.0,
        owner_id=owner.id,
        created_at=1_000 + number,
        updated_at=1_000 + number,
    )


# Owner 0 has listings of every status, owner 1 published ones alone, owner 2 none but unpublished ones.
LISTINGS = [
    *(listing(number, status, OWNERS[0]) for number, status in enumerate(EVERY_LISTING.statuses * 2)),
    *(listing(number, status, OWNERS[1]) for number, status in enumerate(PUBLISHED_LISTINGS.statuses, start=20)),
    *(listing(number, status, OWNERS[2]) for number, status in enumerate(("draft", "withdrawn"), start=30)),
]


def changes_of(number: int, changed: Property) -> Iterator[PriceChange]:
    """Each listing had every status before its own, and changed its price in each."""
    statuses = [*EVERY_LISTING.statuses, changed.status]
    for step, (old, new) in enumerate([*pairwise(statuses), *zip(statuses, statuses, strict=True)]):
        hidden = {old, new, changed.status} & {"draft", "withdrawn"}
        price = (HIDDEN_PRICE if hidden else 200_000) + step
        yield PriceChange(
            id_of(PRICE_CHANGE, number * 100 + step), changed.id, price, price + 1, old, new, 2_000 + step
        )


CHANGES = [change for number, each in enumerate(LISTINGS) for change in changes_of(number, each)]


def is_shown(record: Property | PriceChange) -> bool:
    if isinstance(record, Property):
        return record.status in PUBLISHED_LISTINGS.statuses
    return record.new_price < HIDDEN_PRICE


async def store_rows(database: Database, *, shown: bool) -> None:
    """Store what the public may see, and the owners; or the rest."""
    async with database.transaction() as transaction:
        if shown:
            await transaction.fetch(database.statements["insert_owners"], table_rows(OWNERS))
        for name, rows in (("insert_properties", LISTINGS), ("insert_price_changes", CHANGES)):
            chosen: Any = [row for row in rows if is_shown(row) is shown]
            await transaction.fetch(database.statements[name], table_rows(chosen))
