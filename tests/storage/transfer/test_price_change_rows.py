"""Rows of price changes."""

import pytest

from storage.draft import check_draft, fields_of, values_of
from storage.errors import Problem, ProblemCode
from storage.store import Store
from storage.transfer.row import PriceChangeRow
from tests.storage.transfer.rows import (
    PRICE_CHANGE_ID,
    PROPERTY_ID,
    a_listing_row,
    a_price_change_row,
    reasons,
    results,
    the_price_changes,
    write,
)


async def test_it_is_kept_as_it_is(store: Store) -> None:
    assert results(await write(store, a_listing_row(id=PROPERTY_ID), a_price_change_row())) == ["created", "created"]
    (change,) = await the_price_changes(store, PROPERTY_ID)
    assert change.id == PRICE_CHANGE_ID
    assert change.changed_at == 1_769_860_800_123_456
    assert (change.old_price, change.new_price) == (310_000, 300_000)


async def test_a_known_one_is_untouched(store: Store) -> None:
    await write(store, a_listing_row(id=PROPERTY_ID), a_price_change_row())
    outcomes = await write(store, a_price_change_row(), a_price_change_row(new_price=1))
    assert results(outcomes) == ["unchanged", "unchanged"]
    assert len(await the_price_changes(store, PROPERTY_ID)) == 1


async def test_one_that_stands_twice_is_made_once(store: Store) -> None:
    rows = (a_listing_row(id=PROPERTY_ID), a_price_change_row(), a_price_change_row())
    assert results(await write(store, *rows)) == ["created", "created", "unchanged"]


async def test_its_listing_must_exist(store: Store) -> None:
    (outcome,) = await write(store, a_price_change_row())
    assert reasons(outcome) == [("property_id", "there is no listing with this id")]


@pytest.mark.parametrize("field", fields_of(PriceChangeRow))
def test_every_field_is_needed(field: str) -> None:
    whole = values_of(a_price_change_row()) | {"changed_at": "2026-01-31T12:00:00Z"}
    del whole[field]
    assert check_draft(PriceChangeRow, whole) == [Problem(ProblemCode.VALIDATION, "must not be absent", field)]
