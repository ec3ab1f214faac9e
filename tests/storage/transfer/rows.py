"""Rows for tests: valid as they are; a test names only the fields it is about."""

import io
from collections.abc import Iterable
from typing import Any

from storage.reads.owner import OWNERS_BY_REFERENCE
from storage.reads.price_change import PRICE_CHANGES_BY_PROPERTY_ID
from storage.reads.property import PROPERTIES_BY_REFERENCE
from storage.record import Owner, PriceChange, Property
from storage.search import PriceChangePage
from storage.store import Store
from storage.transfer.line_reader import LineReader
from storage.transfer.outcome import Outcome
from storage.transfer.row import OwnerRow, PriceChangeRow, PropertyRow, Row
from tests.drafts import checked

ANNA = {"owner_reference": "anna", "owner_name": "Anna König", "owner_email": "anna@example.org"}
OWNER_ID = "owner_01h1wte0shehebb5zds1eswh07"
PROPERTY_ID = "property_01jwpz2q9eeha85ftyrheyap97"
PRICE_CHANGE_ID = "price_change_01kt07kj61erqbcff9wqkj1xwf"


def an_owner_row(**fields: Any) -> OwnerRow:
    """An owner, anna if it is not said otherwise."""
    return checked(OwnerRow, {"reference": "anna", "name": "Anna König", "email": "anna@example.org"} | fields)


def a_listing_row(**fields: Any) -> PropertyRow:
    """An active listing of anna's, L-1 if it is not said otherwise."""
    defaults = {
        "reference": "L-1",
        "address": "Lindenallee 12",
        "city": "Köln",
        "price": 300_000,
        "status": "active",
        **({} if "owner_id" in fields else ANNA),
    }
    return checked(PropertyRow, defaults | fields)


def a_price_change_row(**fields: Any) -> PriceChangeRow:
    """A price of 310,000 cut to 300,000."""
    defaults = {
        "id": PRICE_CHANGE_ID,
        "property_id": PROPERTY_ID,
        "old_price": 310_000,
        "new_price": 300_000,
        "old_status": "active",
        "new_status": "active",
        "changed_at": "2026-01-31T12:00:00.123456Z",
    }
    return checked(PriceChangeRow, defaults | fields)


async def write(store: Store, *rows: Row, dry_run: bool = False) -> list[Outcome]:
    """The rows written as one batch."""
    async with store.importing(dry_run=dry_run) as session:
        return await session.write(rows)


def results(outcomes: Iterable[Outcome]) -> list[str]:
    """The results alone."""
    return [outcome.result.value for outcome in outcomes]


def reasons(outcome: Outcome) -> list[tuple[str | None, str]]:
    """Why a row was refused: fields and messages."""
    return [(problem.field, problem.message) for problem in outcome.problems]


async def the_owner(store: Store, reference: str = "anna") -> Owner:
    """The owner with this reference."""
    return (await store.read(OWNERS_BY_REFERENCE, [reference]))[reference]


async def the_listing(store: Store, reference: str = "L-1") -> Property:
    """The listing with this reference."""
    return (await store.read(PROPERTIES_BY_REFERENCE, [reference]))[reference]


async def the_price_changes(store: Store, property_id: str) -> list[PriceChange]:
    """The listing's price changes, newest first."""
    page = PriceChangePage(property_id=property_id, limit=100)
    return (await store.read(PRICE_CHANGES_BY_PROPERTY_ID, [page])).get(page, [])


def lines_of(data: bytes) -> LineReader:
    """A file that holds these bytes."""
    return LineReader(io.BytesIO(data))
