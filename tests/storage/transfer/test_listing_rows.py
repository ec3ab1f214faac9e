"""Rows of listings without versions: what people write."""

import pytest

from storage.draft import said_by
from storage.reads.owner import OWNERS_BY_REFERENCE
from storage.store import Store
from storage.tables import OWNERS
from storage.transfer.outcome import Result
from storage.transfer.row import PropertyRow
from tests.clock import Clock
from tests.drafts import an_owner
from tests.storage.transfer.rows import (
    ANNA,
    OWNER_ID,
    PROPERTY_ID,
    a_listing_row,
    an_owner_row,
    reasons,
    results,
    the_listing,
    the_owner,
    the_price_changes,
    write,
)


async def test_a_listing_is_made_with_its_owner(store: Store, clock: Clock) -> None:
    (outcome,) = await write(store, a_listing_row(area="88.5", bedrooms=" 3 "))
    assert (outcome.result, outcome.owner) == (Result.CREATED, Result.CREATED)
    listing, owner = await the_listing(store), await the_owner(store)
    assert (listing.owner_id, listing.version, listing.area, listing.bedrooms) == (owner.id, 1, 88.5, 3)
    assert (listing.created_at, listing.updated_at) == (clock.now, clock.now)
    assert (owner.name, owner.email, owner.phone) == ("Anna König", "anna@example.org", None)


async def test_the_same_row_again_adds_nothing(store: Store) -> None:
    await write(store, a_listing_row())
    before = await the_listing(store)
    (outcome,) = await write(store, a_listing_row())
    assert (outcome.result, outcome.owner) == (Result.UNCHANGED, None)
    assert await the_listing(store) == before


async def test_an_owner_is_made_once_for_all_its_listings(store: Store) -> None:
    rows = [a_listing_row(reference=f"L-{number}") for number in range(3)]
    outcomes = await write(store, *rows)
    assert [outcome.owner for outcome in outcomes] == [Result.CREATED, None, None]


async def test_a_changed_price_makes_a_price_change(store: Store, clock: Clock) -> None:
    await write(store, a_listing_row())
    assert results(await write(store, a_listing_row(price=290_000, status="pending"))) == ["updated"]
    listing = await the_listing(store)
    assert (listing.version, listing.price, listing.updated_at) == (2, 290_000, clock.now)
    (change,) = await the_price_changes(store, listing.id)
    assert (change.old_price, change.new_price) == (300_000, 290_000)
    assert (change.old_status, change.new_status) == ("active", "pending")
    assert change.changed_at == clock.now


async def test_another_change_makes_none(store: Store) -> None:
    await write(store, a_listing_row())
    await write(store, a_listing_row(address="Lindenallee 14"))
    listing = await the_listing(store)
    assert (listing.version, listing.address) == (2, "Lindenallee 14")
    assert await the_price_changes(store, listing.id) == []


async def test_an_absent_field_stays_and_a_null_empties(store: Store) -> None:
    await write(store, a_listing_row(bedrooms=3, area=88))
    await write(store, a_listing_row(area=None))
    listing = await the_listing(store)
    assert (listing.bedrooms, listing.area) == (3, None)


async def test_every_step_of_one_batch_is_history(store: Store) -> None:
    prices = (300_000, 290_000, 290_000, 280_000)
    outcomes = await write(store, *(a_listing_row(price=price) for price in prices))
    assert results(outcomes) == ["created", "updated", "unchanged", "updated"]
    listing = await the_listing(store)
    assert (listing.version, listing.price) == (3, 280_000)
    changes = await the_price_changes(store, listing.id)
    assert [(change.old_price, change.new_price) for change in changes] == [(290_000, 280_000), (300_000, 290_000)]


async def test_a_listing_is_found_by_id_and_may_get_another_reference(store: Store) -> None:
    await write(store, a_listing_row(id=PROPERTY_ID))
    assert results(await write(store, a_listing_row(id=PROPERTY_ID, reference="L-2"))) == ["updated"]
    assert (await the_listing(store, "L-2")).id == PROPERTY_ID


async def test_an_id_and_a_reference_of_another_contradict(store: Store) -> None:
    await write(store, a_listing_row(id=PROPERTY_ID), a_listing_row(reference="L-2"))
    other = (await the_listing(store, "L-2")).id
    (outcome,) = await write(store, a_listing_row(id=PROPERTY_ID, reference="L-2"))
    assert reasons(outcome) == [("reference", f"this reference belongs to {other}")]


async def test_a_reference_can_pass_from_one_listing_to_another(store: Store) -> None:
    await write(store, a_listing_row(), a_listing_row(reference="L-2"))
    one, two = (await the_listing(store)).id, (await the_listing(store, "L-2")).id
    rows = (a_listing_row(id=one, reference="L-3"), a_listing_row(id=two, reference="L-1"))
    assert results(await write(store, *rows)) == ["updated", "updated"]
    rows = (a_listing_row(id=two, reference="L-4"), a_listing_row(id=one, reference="L-1"))
    assert results(await write(store, *rows)) == ["updated", "updated"]
    assert (await the_listing(store)).id == one


async def test_a_row_with_neither_id_nor_reference_is_refused_and_makes_no_owner(store: Store) -> None:
    (outcome,) = await write(store, a_listing_row(reference=None))
    assert reasons(outcome) == [("reference", "the row has neither id nor reference")]
    assert await store.read(OWNERS_BY_REFERENCE, ["anna"]) == {}


async def test_a_new_listing_needs_address_city_and_price(store: Store) -> None:
    row = PropertyRow.saying(reference="L-1", **ANNA)
    (outcome,) = await write(store, row)
    assert [field for field, _ in reasons(outcome)] == ["address", "city", "price"]
    assert await store.read(OWNERS_BY_REFERENCE, ["anna"]) == {}


async def test_a_new_listing_is_a_draft_unless_it_says_otherwise(store: Store) -> None:
    said = said_by(a_listing_row())
    del said["status"]
    await write(store, PropertyRow.saying(**said))
    assert (await the_listing(store)).status == "draft"


async def test_a_new_listing_needs_an_owner(store: Store) -> None:
    (outcome,) = await write(store, a_listing_row(owner_reference=None, owner_name=None, owner_email=None))
    assert reasons(outcome) == [("owner_reference", "is needed for a new listing (or owner_id)")]


async def test_a_new_owner_needs_name_and_email(store: Store) -> None:
    (outcome,) = await write(store, a_listing_row(owner_name=None, owner_email=None))
    message = "is needed, since no owner has this owner_reference"
    assert reasons(outcome) == [("owner_name", message), ("owner_email", message)]


async def test_a_listings_row_changes_its_owner_but_blanks_change_nothing(store: Store) -> None:
    await write(store, an_owner_row(phone="+49 1"))
    (outcome,) = await write(store, a_listing_row(owner_name="Anna Weiß", owner_email=None))
    assert outcome.owner is Result.UPDATED
    owner = await the_owner(store)
    assert (owner.name, owner.email, owner.phone) == ("Anna Weiß", "anna@example.org", "+49 1")


async def test_an_unchanged_listing_may_still_change_its_owner(store: Store) -> None:
    await write(store, a_listing_row())
    (outcome,) = await write(store, a_listing_row(owner_phone="+49 2"))
    assert (outcome.result, outcome.owner) == (Result.UNCHANGED, Result.UPDATED)
    assert (await the_owner(store)).phone == "+49 2"


async def test_an_owner_may_be_named_by_id(store: Store) -> None:
    (owner,) = await store.create(OWNERS, [an_owner()])
    assert results(await write(store, a_listing_row(owner_id=owner.id))) == ["created"]
    assert (await the_listing(store)).owner_id == owner.id


async def test_an_unknown_owner_id_is_refused(store: Store) -> None:
    (outcome,) = await write(store, a_listing_row(owner_id=OWNER_ID))
    assert reasons(outcome) == [("owner_id", "there is no owner with this id")]


async def test_owner_id_and_owner_reference_must_agree(store: Store) -> None:
    await write(store, an_owner_row(id=OWNER_ID))
    agreeing = a_listing_row(owner_id=OWNER_ID, owner_reference="anna")
    contradicting = a_listing_row(reference="L-2", owner_id=OWNER_ID, owner_reference="ben")
    outcomes = await write(store, agreeing, contradicting)
    assert results(outcomes) == ["created", "refused"]
    assert reasons(outcomes[1]) == [("owner_reference", f"{OWNER_ID} has another reference")]


async def test_columns_of_an_owner_that_nothing_names_are_refused(store: Store) -> None:
    await write(store, a_listing_row())
    (outcome,) = await write(store, a_listing_row(owner_reference=None))
    assert reasons(outcome) == [("owner_reference", "is needed beside other columns of the owner (or owner_id)")]


async def test_a_known_listing_keeps_its_owner_if_the_row_names_none(store: Store) -> None:
    await write(store, a_listing_row())
    row = a_listing_row(owner_reference=None, owner_name=None, owner_email=None, price=1)
    assert results(await write(store, row)) == ["updated"]
    assert (await the_listing(store)).owner_id == (await the_owner(store)).id


async def test_a_listing_can_pass_to_another_owner(store: Store) -> None:
    await write(store, a_listing_row())
    ben = {"owner_reference": "ben", "owner_name": "Ben", "owner_email": "ben@example.org"}
    (outcome,) = await write(store, a_listing_row(**ben))
    assert (outcome.result, outcome.owner) == (Result.UPDATED, Result.CREATED)
    assert (await the_listing(store)).owner_id == (await the_owner(store, "ben")).id


@pytest.mark.parametrize("price", [-1, 2**53, 1.5, True, "dear"])
def test_a_price_that_a_draft_may_not_have_no_row_may_have(price: object) -> None:
    with pytest.raises(ValueError, match="price"):
        a_listing_row(price=price)
