"""What a document needs of records; and that every field is answered from what it says that it needs."""

from collections.abc import Iterable
from typing import Any

import pytest
from graphql import GraphQLObjectType, get_named_type, is_composite_type, is_object_type, parse

from schema.reads import is_proved, needs_of
from storage.projection import Projection, build_projection
from storage.record import Owner, Property
from storage.store import Store
from storage.tables import OWNERS, PROPERTIES
from tests.drafts import a_listing, an_owner
from tests.graphql import SCHEMA, Client

INNER = {"owner": "{ name }", "properties": "{ nodes { id } }", "priceHistory": "{ nodes { id newPrice } }"}
KEYSETS = {"owner": ("created_at", "name"), "property": ("created_at", "price")}


def choose(owner: Iterable[str], property: Iterable[str], *prefetched: str) -> Projection:
    return build_projection({Owner: owner, Property: property}, prefetched=prefetched)


def needed(document: str) -> Projection:
    return needs_of(SCHEMA._schema, parse(document)).projection


def fields_of_type(name: str) -> list[str]:
    """Every field of the type, as a selection."""
    type_ = SCHEMA._schema.type_map[name]
    assert isinstance(type_, GraphQLObjectType)
    return [
        f"{field} {INNER[field]}" if is_composite_type(get_named_type(definition.type)) else field
        for field, definition in type_.fields.items()
    ]


@pytest.mark.parametrize(
    ("document", "fields"),
    [
        ("{ currency }", choose([], [])),
        ("{ __typename node(id: 1) { id __typename } }", choose([], [])),
        ('{ propertiesByCity(city: "x") { postalCode } }', choose([], ["postal_code"])),
        (
            '{ propertiesByCity(city: "x") { ...Card } } fragment Card on Property { price owner { email } }',
            choose(["email"], ["price", "owner_id"], "owner_id"),
        ),
        ("{ owners { nodes { properties { nodes { city } } } } }", choose([], ["city"])),
        ("{ node(id: 1) { ... on Owner { phone } ... on Property { area } } }", choose(["phone"], ["area"])),
        ("{ properties { pageInfo { endCursor } } }", choose(KEYSETS["owner"], KEYSETS["property"])),
        ("{ owners { edges { cursor } } }", choose(KEYSETS["owner"], KEYSETS["property"])),
        ("{ properties { totalCount } }", choose([], [])),
    ],
)
def test_a_document_needs_what_its_fields_read(document: str, fields: Projection) -> None:
    assert needed(document) == fields


def test_a_field_that_does_not_say_what_it_reads_needs_everything() -> None:
    definition = SCHEMA._schema.type_map["Property"].fields["owner"]  # type: ignore[attr-defined]
    before = dict(definition.extensions)
    definition.extensions.clear()
    try:
        fields = needed('{ propertiesByCity(city: "x") { owner { name } } }')
    finally:
        definition.extensions.update(before)
    assert fields.of(Property) == Property.__struct_fields__


@pytest.mark.parametrize(
    ("selection", "looks"),
    [
        ("nodes { id }", False),
        ("totalCount edges { cursor }", False),
        ("pageInfo { hasNextPage }", True),
        ("nodes { properties { info: pageInfo { endCursor } } }", True),
    ],
)
def test_pages_are_looked_beyond_where_any_is_asked_for_its_neighbours(selection: str, looks: bool) -> None:
    assert needs_of(SCHEMA._schema, parse(f"{{ owners {{ {selection} }} }}")).page_info is looks


def test_every_field_that_can_be_read_says_that_it_is_proved() -> None:
    """One that reads a clock or another service is listed here: answers that have it are not kept."""
    types = [type for name, type in SCHEMA._schema.type_map.items() if not name.startswith("__")]
    written = ("Mutation", "Payload", "Error", "Problem")
    read = [type for type in types if is_object_type(type) and not type.name.endswith(written)]
    unproved = [f"{type.name}.{name}" for type in read for name, field in type.fields.items() if not is_proved(field)]
    assert unproved == []
    assert "Query" in {type.name for type in read}


def test_everything_is_the_whole_record() -> None:
    everything = " ".join(fields_of_type("Property")).replace("{ name }", f"{{ {' '.join(fields_of_type('Owner'))} }}")
    fields = needed(f'{{ propertiesByCity(city: "x") {{ {everything} }} }}')
    assert (fields.of(Owner), fields.of(Property)) == (Owner.__struct_fields__, Property.__struct_fields__)


async def answers(store: Store, query: str) -> tuple[Any, Any]:
    """By a store that brings everything, and by one that brings what the query needs."""
    narrow = Client(store, "batched", fields=needed(query))
    return await Client(store, "batched").data(query), await narrow.data(query)


@pytest.mark.parametrize(
    "selection",
    [
        *(f'{{ propertiesByCity(city: "lisbon") {{ {field} }} }}' for field in fields_of_type("Property")),
        *(f'{{ propertiesByCity(city: "lisbon") {{ owner {{ {field} }} }} }}' for field in fields_of_type("Owner")),
        *(f"{{ owners {{ nodes {{ {field} }} }} }}" for field in fields_of_type("Owner")),
        *(f"{{ properties(orderBy: PRICE_UP) {{ nodes {{ {field} }} }} }}" for field in fields_of_type("Property")),
        *(
            f"{{ {found} {{ edges {{ cursor }} pageInfo {{ startCursor endCursor hasNextPage }} }} }}"
            for found in ("owners(first: 1)", "owners(first: 1, orderBy: NAME)")
        ),
        *(
            f"{{ properties(first: 2, orderBy: {order}) {{ edges {{ cursor }} pageInfo {{ endCursor }} }} }}"
            for order in ("NEWEST", "PRICE_UP", "PRICE_DOWN")
        ),
        "{ owners { nodes { properties(first: 1) { pageInfo { endCursor } nodes { owner { name phone } } } } } }",
    ],
)
async def test_every_field_is_answered_from_what_it_needs(store: Store, selection: str) -> None:
    first, second = await store.create(OWNERS, [an_owner(name="One", phone="1"), an_owner(name="Two")])
    listings = [a_listing(owner, city="Lisbon", price=price) for owner in (first, second, first) for price in (2, 1)]
    made = await store.create(PROPERTIES, listings)
    await store.update(PROPERTIES, made[0].id, {"price": 5})
    whole, narrow = await answers(store, selection)
    assert narrow == whole
    assert whole
