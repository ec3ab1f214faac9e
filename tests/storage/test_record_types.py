"""Records hold what their annotations say, wherever they come from: the schema looks no further."""

from types import NoneType
from typing import Any, get_args, get_type_hints

import msgspec
import pytest

from storage.draft import PropertyDraft, check_changes
from storage.reads.owner import OWNERS_BY_ID
from storage.reads.price_change import PRICE_CHANGES_BY_PROPERTY_ID
from storage.reads.property import PROPERTIES_BY_CITY, PROPERTIES_BY_ID, PROPERTIES_BY_OWNER_ID
from storage.record import Status
from storage.search import CityListing, PriceChangePage, PropertyPage
from storage.store import Store
from storage.tables import OWNERS, PROPERTIES
from tests.drafts import a_listing, an_owner

pytestmark = pytest.mark.every_layer

FULL: dict[str, Any] = {
    "reference": "r-1",
    "region": "Estremadura",
    "postal_code": "1100-001",
    "bedrooms": 3,
    "bathrooms": 1,
    "area": 70,
    "latitude": 38,
    "longitude": -9,
}


def strangers(record: msgspec.Struct) -> dict[str, object]:
    """The values that are of another type than their field says."""
    hints = get_type_hints(type(record))
    values = msgspec.structs.asdict(record)
    return {name: value for name, value in values.items() if not is_of(value, hints[name])}


def is_of(value: object, hint: Any) -> bool:
    kinds = get_args(hint) or (hint,)
    return type(value) in kinds or isinstance(value, Status) or (value is None and NoneType in kinds)


@pytest.mark.parametrize("fields", [FULL, {}], ids=["full", "bare"])
async def test_records_have_values_of_their_annotated_types(store: Store, fields: dict[str, Any]) -> None:
    (owner,) = await store.create(OWNERS, [an_owner(phone="+351 21", reference="o-1") if fields else an_owner()])
    (made,) = await store.create(PROPERTIES, [a_listing(owner, **fields)])
    changes_made = check_changes(PropertyDraft, {"price": 1, "area": 71, "status": Status.SOLD})
    assert isinstance(changes_made, dict)
    updated = await store.update(PROPERTIES, made.id, changes_made)
    pages = PropertyPage(owner.id, (), 10), PriceChangePage(made.id, 10)
    (changes,) = (await store.read(PRICE_CHANGES_BY_PROPERTY_ID, [pages[1]])).values()
    for _ in range(2):  # what a cache was filled with is the second answer
        (found,) = (await store.read(PROPERTIES_BY_ID, [made.id])).values()
        (page,) = (await store.read(PROPERTIES_BY_OWNER_ID, [pages[0]])).values()
        owners = await store.read(OWNERS_BY_ID, [owner.id])
        for record in (owner, made, updated, found, *page, *changes, *owners.values()):
            assert strangers(record) == {}
    assert await store.read(PROPERTIES_BY_CITY, [CityListing("lisbon", 5)]) == {}
