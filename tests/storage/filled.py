"""A database with as many rows, and as unevenly spread, as a planner needs to choose well or badly."""

import random
from collections.abc import Sequence

import msgspec

from storage.database import Database
from storage.ids import OWNER, PRICE_CHANGE, PROPERTY
from storage.record import Owner, PriceChange, Property
from storage.tables import table_rows
from storage.visibility import EVERY_LISTING

OWNERS, PROPERTIES, PRICE_CHANGES = 1_000, 20_000, 10_000
DRAFTING = 1
"""The number of an owner who publishes next to nothing."""
CITIES = tuple(f"City {number}" for number in range(200))

_START = 1_700_000_000_000_000
_BATCH = 2_000


def owner_id(number: int) -> str:
    """The id of the owner with this number; those of low numbers have the most listings."""
    return _id(OWNER, number)


def price_change_id(number: int) -> str:
    """The id of the price change with this number."""
    return _id(PRICE_CHANGE, number)


def property_id(number: int) -> str:
    """The id of the listing with this number; those of low numbers have the most price changes."""
    return _id(PROPERTY, number)


async def fill(database: Database) -> None:
    """Put the rows into a migrated database, through its own statements."""
    dice = random.Random(20_000)
    async with database.transaction(timeout=60) as transaction:
        for name, records in (
            ("insert_owners", [_owner(number) for number in range(OWNERS)]),
            ("insert_properties", [_property(number, dice) for number in range(PROPERTIES)]),
            ("insert_price_changes", [_price_change(number, dice) for number in range(PRICE_CHANGES)]),
        ):
            for start in range(0, len(records), _BATCH):
                rows: Sequence[Owner | Property | PriceChange] = records[start : start + _BATCH]
                await transaction.fetch(database.statements[name], table_rows(rows))


def _id(prefix: str, number: int) -> str:
    return f"{prefix}_0{number:025d}"


def _skewed(dice: random.Random, count: int) -> int:
    return int(count * dice.random() ** 4)


def _owner(number: int) -> Owner:
    name = f"Owner {number % 700}"
    return Owner(owner_id(number), f"ref-{number}", name, f"{number}@example.org", None, _START + number // 3)


def _property(number: int, dice: random.Random) -> Property:
    moment = _START + dice.randrange(PROPERTIES // 4) * 1_000_000
    listing = Property(
        id=property_id(number),
        reference=f"ref-{number}",
        version=1,
        address=f"{number} Market Street",
        city=CITIES[_skewed(dice, len(CITIES))],
        region=dice.choice(("North", "South", None)),
        postal_code=None,
        price=dice.randrange(50, 2_000) * 1_000,
        status=dice.choices(EVERY_LISTING.statuses, (70, 4, 6, 19, 1))[0],
        bedrooms=dice.choice((None, 1, 2, 3, 4)),
        bathrooms=dice.choice((None, 1.0, 1.5, 2.0)),
        area=dice.choice((None, 40.5, 75.25, 120.0)),
        latitude=dice.uniform(-90, 90),
        longitude=dice.uniform(-180, 180),
        owner_id=owner_id(_skewed(dice, OWNERS)),
        created_at=moment,
        updated_at=moment,
    )
    drafted = listing.owner_id == owner_id(DRAFTING) and number % 10
    return msgspec.structs.replace(listing, status="draft") if drafted else listing


def _price_change(number: int, dice: random.Random) -> PriceChange:
    listing = property_id(_skewed(dice, PROPERTIES))
    moment = _START + dice.randrange(PRICE_CHANGES)
    before = "active" if number % 3 else "draft"
    return PriceChange(price_change_id(number), listing, 1, 2, before, "active", moment)
