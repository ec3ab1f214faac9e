"""Writes: whole or not at all, refused with reasons, and never a lost update."""

import asyncio
import random
from itertools import pairwise
from typing import Any

import msgspec
import pytest

from storage.errors import Problem, ProblemCode, Rejected
from storage.ids import OWNER, PRICE_CHANGE, PROPERTY, is_id, new_id
from storage.reads.owner import COUNT_OWNERS, OWNERS_BY_ID
from storage.reads.price_change import PRICE_CHANGES_BY_ID, PRICE_CHANGES_BY_PROPERTY_ID
from storage.reads.property import (
    COUNT_PROPERTIES,
    PROPERTIES_BY_CITY,
    PROPERTIES_BY_ID,
    PROPERTIES_BY_REFERENCE,
    PROPERTY_COUNTS_BY_OWNER_ID,
)
from storage.record import Owner, PriceChange, Property
from storage.search import CityListing, OwnerFilter, PriceChangePage, PropertyFilter
from storage.store import Store
from storage.tables import OWNERS, PROPERTIES
from tests.clock import Clock
from tests.drafts import a_listing, an_owner
from tests.query_log import QueryLog

pytestmark = pytest.mark.every_layer

NO_OWNER = new_id(OWNER)


async def the_owner(store: Store, **fields: Any) -> Owner:
    (owner,) = await store.create(OWNERS, [an_owner(**fields)])
    return owner


async def the_listing(store: Store, **fields: Any) -> Property:
    (listing,) = await store.create(PROPERTIES, [a_listing(await the_owner(store), **fields)])
    return listing


async def problems_of(writing: Any) -> list[Problem]:
    with pytest.raises(Rejected) as caught:
        await writing
    return list(caught.value.problems)


def places(problems: list[Problem]) -> list[tuple[ProblemCode, str | None, int | None]]:
    return [(problem.code, problem.field, problem.index) for problem in problems]


async def count_of(store: Store) -> tuple[int, int]:
    owners = (await store.read(COUNT_OWNERS, [OwnerFilter()]))[OwnerFilter()]
    return owners, (await store.read(COUNT_PROPERTIES, [PropertyFilter()]))[PropertyFilter()]


async def history_of(store: Store, listing: Property) -> list[PriceChange]:
    page = PriceChangePage(listing.id, 100)
    return (await store.read(PRICE_CHANGES_BY_PROPERTY_ID, [page])).get(page, [])


async def test_owners_are_created_in_the_order_of_their_drafts(store: Store, clock: Clock, query_log: QueryLog) -> None:
    clock.step = 0
    owners = await store.create(OWNERS, [an_owner(name=name) for name in ("b", "a", "c")])
    assert query_log == ["insert_owners(3)"]
    assert [owner.name for owner in owners] == ["b", "a", "c"]
    assert [owner.created_at for owner in owners] == [clock.now] * 3
    assert all(is_id(OWNER, owner.id) for owner in owners)
    assert sorted(owner.id for owner in owners) == [owner.id for owner in owners]
    assert await store.read(OWNERS_BY_ID, [owner.id for owner in owners]) == {owner.id: owner for owner in owners}


async def test_listings_are_created_in_the_order_of_their_drafts(
    store: Store, clock: Clock, query_log: QueryLog
) -> None:
    owner = await the_owner(store)
    query_log.clear()
    listings = await store.create(PROPERTIES, [a_listing(owner, price=price) for price in (3, 1, 2)])
    assert query_log == ["lock_owners_by_id", "insert_properties(3)"]
    assert [listing.price for listing in listings] == [3, 1, 2]
    assert {(listing.version, listing.created_at, listing.updated_at) for listing in listings} == {
        (1, clock.now, clock.now)
    }
    assert all(is_id(PROPERTY, listing.id) for listing in listings)
    assert await store.read(PROPERTIES_BY_ID, [listing.id for listing in listings]) == {row.id: row for row in listings}
    assert [await history_of(store, listing) for listing in listings] == [[], [], []]


async def test_a_listing_of_the_longest_texts_fits_into_every_index(store: Store) -> None:
    letters = random.Random(7)
    longest = {
        field: "".join(chr(letters.randint(0x20000, 0x2A6DF)) for _ in range(200))
        for field in ("reference", "address", "city", "region")
    }
    listing = await the_listing(store, **longest)
    assert await store.read(PROPERTIES_BY_ID, [listing.id]) == {listing.id: listing}


async def test_creating_nothing_runs_no_statement(store: Store, query_log: QueryLog) -> None:
    assert await store.create(OWNERS, []) == []
    assert await store.create(PROPERTIES, []) == []
    assert query_log == []


async def test_many_listings_are_created_at_once(store: Store, query_log: QueryLog) -> None:
    owner = await the_owner(store)
    query_log.clear()
    await store.create(PROPERTIES, [a_listing(owner, reference=f"r{number}") for number in range(1000)])
    assert query_log == ["lock_owners_by_id", "properties_by_reference(1000)", "insert_properties(1000)"]
    assert await count_of(store) == (1, 1000)


async def test_a_taken_reference_refuses_every_draft_and_names_its_own(store: Store, query_log: QueryLog) -> None:
    await store.create(OWNERS, [an_owner(reference="a"), an_owner(reference="b")])
    query_log.clear()
    drafts = [an_owner(reference=reference) for reference in ("c", "b", None, "a", "d")]
    problems = await problems_of(store.create(OWNERS, drafts))
    assert places(problems) == [(ProblemCode.CONFLICT, "reference", 1), (ProblemCode.CONFLICT, "reference", 3)]
    assert query_log == ["owners_by_reference(4)"]
    assert await count_of(store) == (2, 0)


async def test_a_reference_given_twice_is_refused_the_second_time(store: Store) -> None:
    owner = await the_owner(store)
    drafts = [a_listing(owner, reference=reference) for reference in ("x", None, "x", None, "y", "x")]
    problems = await problems_of(store.create(PROPERTIES, drafts))
    assert places(problems) == [(ProblemCode.CONFLICT, "reference", 2), (ProblemCode.CONFLICT, "reference", 5)]
    assert await count_of(store) == (1, 0)


async def test_a_single_draft_is_the_row_of_index_0(store: Store) -> None:
    await the_owner(store, reference="a")
    problems = await problems_of(store.create(OWNERS, [an_owner(reference="a")]))
    assert places(problems) == [(ProblemCode.CONFLICT, "reference", 0)]


async def test_of_writers_that_race_for_a_reference_the_loser_gets_the_index_of_its_row(store: Store) -> None:
    async def create() -> list[Problem]:
        try:
            await store.create(OWNERS, [an_owner(), an_owner(reference="the one")])
        except Rejected as rejected:
            return list(rejected.problems)
        return []

    ends = await asyncio.gather(*(create() for _ in range(8)))
    assert sorted(places(end) for end in ends) == [[]] + [[(ProblemCode.CONFLICT, "reference", 1)]] * 7
    assert await count_of(store) == (2, 0)


async def test_an_unknown_owner_refuses_every_draft_and_names_its_own(store: Store) -> None:
    owner = await the_owner(store)
    draft = a_listing(owner)
    stray = msgspec.structs.replace(draft, owner_id=NO_OWNER)
    problems = await problems_of(store.create(PROPERTIES, [draft, stray, draft, stray]))
    assert places(problems) == [(ProblemCode.NOT_FOUND, "owner_id", 1), (ProblemCode.NOT_FOUND, "owner_id", 3)]
    assert await count_of(store) == (1, 0)


async def test_an_update_writes_the_changes_and_raises_the_version(
    store: Store, clock: Clock, query_log: QueryLog
) -> None:
    listing = await the_listing(store)
    query_log.clear()
    changed = await store.update(PROPERTIES, listing.id, {"address": "1 New Street", "city": "Porto", "region": "N"})
    assert query_log == ["lock_properties_by_id", "update_properties"]
    assert (changed.version, changed.created_at, changed.updated_at) == (2, listing.created_at, clock.now)
    assert await store.read(PROPERTIES_BY_ID, [listing.id]) == {listing.id: changed}
    porto = CityListing("porto", 5)
    assert await store.read(PROPERTIES_BY_CITY, [porto, CityListing("lisbon", 5)]) == {porto: [changed]}
    assert await history_of(store, listing) == []


async def test_an_update_may_set_nullable_fields_to_null(store: Store) -> None:
    full = {"reference": "r", "region": "N", "postal_code": "1", "bedrooms": 1, "bathrooms": 1.0, "area": 1.0}
    listing = await the_listing(store, **full)
    changed = await store.update(PROPERTIES, listing.id, dict.fromkeys(full))
    assert await store.read(PROPERTIES_BY_ID, [listing.id]) == {listing.id: changed}
    assert [getattr(changed, field) for field in full] == [None] * len(full)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"price": 300_000}, (250_000, 300_000, "active", "active")),
        ({"status": "sold"}, (250_000, 250_000, "active", "sold")),
        ({"price": 0, "status": "draft", "city": "Porto"}, (250_000, 0, "active", "draft")),
    ],
)
async def test_a_change_of_price_or_status_is_kept_with_it(
    store: Store, query_log: QueryLog, changes: dict[str, Any], expected: tuple[int, int, str, str]
) -> None:
    listing = await the_listing(store, price=250_000, status="active")
    query_log.clear()
    changed = await store.update(PROPERTIES, listing.id, changes)
    assert query_log == ["lock_properties_by_id", "update_properties", "insert_price_changes"]
    (change,) = await history_of(store, listing)
    assert (change.old_price, change.new_price, change.old_status, change.new_status) == expected
    assert (change.property_id, change.changed_at) == (listing.id, changed.updated_at)
    assert is_id(PRICE_CHANGE, change.id)


@pytest.mark.parametrize("changes", [{}, {"price": 250_000}, {"status": "active", "city": "Lisbon", "region": None}])
async def test_an_update_without_a_difference_writes_nothing(
    store: Store, query_log: QueryLog, changes: dict[str, Any]
) -> None:
    listing = await the_listing(store, price=250_000)
    query_log.clear()
    assert await store.update(PROPERTIES, listing.id, changes, expected_version=1) == listing
    assert query_log == ["lock_properties_by_id"]
    assert await store.read(PROPERTIES_BY_ID, [listing.id]) == {listing.id: listing}


async def test_an_update_never_sets_the_clock_back(store: Store, clock: Clock) -> None:
    listing = await the_listing(store)
    clock.now = 0
    changed = await store.update(PROPERTIES, listing.id, {"price": 1})
    assert changed.updated_at == listing.updated_at


async def test_another_version_than_the_one_expected_is_a_conflict(store: Store, query_log: QueryLog) -> None:
    listing = await the_listing(store)
    changed = await store.update(PROPERTIES, listing.id, {"price": 1}, expected_version=1)
    query_log.clear()
    problems = await problems_of(store.update(PROPERTIES, listing.id, {"price": 2}, expected_version=1))
    assert places(problems) == [(ProblemCode.CONFLICT, "expected_version", None)]
    assert query_log == ["lock_properties_by_id"]
    assert await store.read(PROPERTIES_BY_ID, [listing.id]) == {listing.id: changed}


async def test_of_updates_that_race_one_wins_and_the_rest_are_conflicts(store: Store) -> None:
    listing = await the_listing(store)
    updates = [store.update(PROPERTIES, listing.id, {"price": price}, expected_version=1) for price in range(1, 9)]
    ends = await asyncio.gather(*updates, return_exceptions=True)
    winners = [end for end in ends if isinstance(end, Property)]
    assert len(winners) == 1
    assert all(isinstance(end, Rejected) for end in ends if end is not winners[0])
    assert await store.read(PROPERTIES_BY_ID, [listing.id]) == {listing.id: winners[0]}
    assert len(await history_of(store, listing)) == 1


async def test_updates_without_an_expected_version_follow_each_other(store: Store) -> None:
    listing = await the_listing(store)
    await asyncio.gather(*(store.update(PROPERTIES, listing.id, {"price": price}) for price in range(1, 9)))
    changed = (await store.read(PROPERTIES_BY_ID, [listing.id]))[listing.id]
    history = await history_of(store, listing)
    assert (changed.version, len(history)) == (9, 8)
    assert {change.new_price for change in history} == set(range(1, 9))
    for newer, older in pairwise(history):
        assert newer.old_price == older.new_price


async def test_a_listing_that_does_not_exist_is_not_found(store: Store) -> None:
    unknown = new_id(PROPERTY)
    for writing in (store.update(PROPERTIES, unknown, {"price": 1}), store.delete(PROPERTIES, unknown)):
        assert places(await problems_of(writing)) == [(ProblemCode.NOT_FOUND, "id", None)]


async def test_a_listing_moves_to_an_owner_that_exists_and_to_no_other(store: Store, query_log: QueryLog) -> None:
    listing = await the_listing(store)
    other = await the_owner(store)
    problems = await problems_of(store.update(PROPERTIES, listing.id, {"owner_id": NO_OWNER, "price": 1}))
    assert places(problems) == [(ProblemCode.NOT_FOUND, "owner_id", None)]
    query_log.clear()
    changed = await store.update(PROPERTIES, listing.id, {"owner_id": other.id})
    assert query_log == ["lock_properties_by_id", "lock_owners_by_id", "update_properties"]
    assert await store.read(PROPERTIES_BY_ID, [listing.id]) == {listing.id: changed}
    assert await store.read(PROPERTY_COUNTS_BY_OWNER_ID, [listing.owner_id, other.id]) == {other.id: 1}


async def test_a_reference_may_change_to_a_free_one_and_to_no_other(store: Store) -> None:
    listing = await the_listing(store, reference="a")
    await the_listing(store, reference="b")
    problems = await problems_of(store.update(PROPERTIES, listing.id, {"reference": "b"}))
    assert places(problems) == [(ProblemCode.CONFLICT, "reference", None)]
    changed = await store.update(PROPERTIES, listing.id, {"reference": "c"})
    assert await store.read(PROPERTIES_BY_REFERENCE, ["a", "c"]) == {"c": changed}
    await the_listing(store, reference="a")


async def test_updates_that_race_for_a_reference_give_it_to_one(store: Store) -> None:
    listings = [await the_listing(store) for _ in range(6)]
    updates = [store.update(PROPERTIES, listing.id, {"reference": "the one"}) for listing in listings]
    ends = await asyncio.gather(*updates, return_exceptions=True)
    assert sum(isinstance(end, Property) for end in ends) == 1
    for end in ends:
        if isinstance(end, Rejected):
            assert places(list(end.problems)) == [(ProblemCode.CONFLICT, "reference", None)]


async def test_an_owner_is_updated(store: Store, query_log: QueryLog) -> None:
    owner = await the_owner(store, name="Ada", reference="a")
    await the_owner(store, reference="b")
    query_log.clear()
    changed = await store.update(OWNERS, owner.id, {"name": "Grace", "phone": "1", "reference": "c"})
    assert query_log == ["lock_owners_by_id", "owners_by_reference", "update_owners"]
    assert await store.read(OWNERS_BY_ID, [owner.id]) == {owner.id: changed}
    assert await store.read(COUNT_OWNERS, [OwnerFilter("grace"), OwnerFilter("ada")]) == {
        OwnerFilter("grace"): 1,
        OwnerFilter("ada"): 0,
    }
    query_log.clear()
    assert await store.update(OWNERS, owner.id, {"name": "Grace"}) == changed
    assert query_log == ["lock_owners_by_id"]


async def test_an_owner_that_can_not_be_updated_says_why(store: Store) -> None:
    owner = await the_owner(store, reference="a")
    await the_owner(store, reference="b")
    taken = await problems_of(store.update(OWNERS, owner.id, {"reference": "b"}))
    unknown = await problems_of(store.update(OWNERS, NO_OWNER, {"name": "Ada"}))
    assert places(taken) == [(ProblemCode.CONFLICT, "reference", None)]
    assert places(unknown) == [(ProblemCode.NOT_FOUND, "id", None)]


async def test_a_listing_is_deleted_with_its_history_alone(store: Store, query_log: QueryLog) -> None:
    doomed, kept = await the_listing(store, reference="a"), await the_listing(store)
    for listing in (doomed, kept):
        await store.update(PROPERTIES, listing.id, {"price": 1})
    last = (await store.read(PROPERTIES_BY_ID, [doomed.id]))[doomed.id]
    (change,) = await history_of(store, doomed)
    query_log.clear()
    assert await store.delete(PROPERTIES, doomed.id) == last
    assert query_log == ["lock_properties_by_id", "delete_properties"]
    assert await store.read(PROPERTIES_BY_ID, [doomed.id, kept.id]) == {
        kept.id: (await store.read(PROPERTIES_BY_ID, [kept.id]))[kept.id]
    }
    assert await store.read(PRICE_CHANGES_BY_ID, [change.id]) == {}
    assert len(await history_of(store, kept)) == 1
    await the_listing(store, reference="a")


async def test_a_withdrawn_listing_keeps_its_history(store: Store) -> None:
    listing = await the_listing(store)
    await store.update(PROPERTIES, listing.id, {"status": "withdrawn"})
    assert len(await history_of(store, listing)) == 1


async def test_listings_of_one_owner_can_be_made_side_by_side(store: Store) -> None:
    owner = await the_owner(store)
    await asyncio.gather(*(store.create(PROPERTIES, [a_listing(owner)]) for _ in range(12)))
    assert await store.read(PROPERTY_COUNTS_BY_OWNER_ID, [owner.id]) == {owner.id: 12}
