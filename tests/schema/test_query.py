"""Root fields: lookups, filters, and what they refuse."""

import pytest

from storage.record import Owner
from storage.store import Store
from storage.tables import OWNERS, PROPERTIES
from tests.drafts import a_listing, an_owner
from tests.graphql import Client

FILTERED = "query($f: PropertyFilter) { properties(filter: $f, orderBy: PRICE_UP) { nodes { address } } }"


async def test_a_listing_shows_every_field(client: Client, store: Store, owners: list[Owner]) -> None:
    [listing] = await store.create(
        PROPERTIES,
        [
            a_listing(
                owners[0],
                reference="A-1",
                address="1 Rua Augusta",
                region="Lisboa",
                postal_code="1100-048",
                price=2**53 - 1,
                bedrooms=3,
                bathrooms=1.5,
                area=87.25,
                latitude=38.71,
                longitude=-9.13,
            )
        ],
    )
    data = await client.data(
        """query($id: ID!) { property(id: $id) {
          id reference version address city region postalCode price status bedrooms bathrooms area
          latitude longitude createdAt updatedAt owner { id reference name email phone createdAt } } }""",
        id=listing.id,
    )
    assert data["property"] == {
        "id": listing.id,
        "reference": "A-1",
        "version": 1,
        "address": "1 Rua Augusta",
        "city": "Lisbon",
        "region": "Lisboa",
        "postalCode": "1100-048",
        "price": 9007199254740991,
        "status": "ACTIVE",
        "bedrooms": 3,
        "bathrooms": 1.5,
        "area": 87.25,
        "latitude": 38.71,
        "longitude": -9.13,
        "createdAt": "2025-06-15T15:06:42.000000Z",
        "updatedAt": "2025-06-15T15:06:42.000000Z",
        "owner": {
            "id": owners[0].id,
            "reference": None,
            "name": "Owner 0",
            "email": owners[0].email,
            "phone": None,
            "createdAt": "2025-06-15T15:06:41.000000Z",
        },
    }


async def test_what_does_not_exist_is_null(client: Client) -> None:
    data = await client.data(
        """{ property(id: "property_01jx0000000000000000000000") { id }
             owner(id: "owner_01jx0000000000000000000000") { id }
             node(id: "price_change_01jx0000000000000000000000") { id }
             nodes(ids: ["owner_01jx0000000000000000000000"]) { id }
             propertiesByCity(city: "Nowhere") { id } }"""
    )
    assert data == {"property": None, "owner": None, "node": None, "nodes": [None], "propertiesByCity": []}


@pytest.mark.parametrize("text", ["", "x", "property_", "owner_01jx0000000000000000000000", "property_01JX" + "0" * 22])
async def test_what_is_no_listings_id_is_refused(client: Client, text: str) -> None:
    message = await client.error("query($id: ID!) { property(id: $id) { id } }", id=text)
    assert message == "id: must be a property's id (property_…)"


async def test_a_bad_id_among_nodes_is_an_error_in_its_place_only(client: Client, owners: list[Owner]) -> None:
    body = await client.ask("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=[owners[0].id, "bad"])
    assert body["data"] == {"nodes": [{"id": owners[0].id}, None]}
    assert body["errors"][0]["path"] == ["nodes", 1]


async def test_at_most_a_hundred_nodes_are_taken(client: Client) -> None:
    message = await client.error("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=["x"] * 101)
    assert message == "ids: must be at most 100, not 101"


@pytest.mark.parametrize("city", ["málaga", "MÁLAGA", " Málaga ", "Ma\u0301laga"])
async def test_cities_match_whatever_the_case_and_normal_form(
    client: Client, store: Store, owners: list[Owner], city: str
) -> None:
    await store.create(PROPERTIES, [a_listing(owners[0], city="Málaga"), a_listing(owners[0], city="Malaga")])
    data = await client.data("query($c: String!) { propertiesByCity(city: $c) { city } }", c=city)
    assert data["propertiesByCity"] == [{"city": "Málaga"}]


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"city": "PORTO"}, ["b", "c"]),
        ({"region": "norte"}, ["b"]),
        ({"statuses": ["SOLD", "DRAFT"]}, ["c"]),
        ({"statuses": []}, ["a", "b", "c"]),
        ({"price": {"min": 200}}, ["b", "c"]),
        ({"price": {"min": 100, "max": 200}}, ["a", "b"]),
        ({"minBedrooms": 3}, ["b"]),
        ({"minBathrooms": 1.5}, ["a", "b"]),
        ({"area": {"max": 60.0}}, ["a"]),
        ({"within": {"south": 41.0, "west": -9.0, "north": 42.0, "east": -8.0}}, ["b"]),
        ({"city": "porto", "minBedrooms": 1, "price": {"max": 250}}, ["b"]),
        ({}, ["a", "b", "c"]),
        (None, ["a", "b", "c"]),
    ],
)
async def test_each_filter_lets_its_listings_through(
    client: Client, store: Store, owners: list[Owner], given: dict[str, object] | None, found: list[str]
) -> None:
    await store.create(
        PROPERTIES,
        [
            a_listing(owners[0], address="a", price=100, bedrooms=1, bathrooms=1.5, area=60),
            a_listing(
                owners[1],
                address="b",
                city="Porto",
                region="Norte",
                price=200,
                bedrooms=3,
                bathrooms=2,
                area=120,
                latitude=41.1,
                longitude=-8.6,
            ),
            a_listing(owners[1], address="c", city="Porto", price=300, status="sold"),
        ],
    )
    data = await client.data(FILTERED, f=given)
    assert [node["address"] for node in data["properties"]["nodes"]] == found
    by_owner = await client.data(FILTERED, f={**(given or {}), "ownerId": owners[1].id})
    assert [node["address"] for node in by_owner["properties"]["nodes"]] == [name for name in found if name != "a"]


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"city": " "}, "filter.city: must not be empty"),
        ({"city": "x" * 201}, "filter.city: must have at most 200 characters, not 201"),
        ({"region": "a\nb"}, "filter.region: must not contain control characters"),
        ({"price": {"min": 2, "max": 1}}, "filter.price: min 2 is above max 1"),
        ({"area": {"min": 2.0, "max": 1.0}}, "filter.area: min 2.0 is above max 1.0"),
        ({"minBedrooms": -1}, "filter.minBedrooms: must be between 0 and 1000, not -1"),
        ({"minBathrooms": -1}, "filter.minBathrooms: must be between 0 and 1000, not -1.0"),
        ({"ownerId": "me"}, "filter.ownerId: must be an owner's id (owner_…)"),
        (
            {"within": {"south": 2.0, "west": 0.0, "north": 1.0, "east": 1.0}},
            "filter.within: must have -90 ≤ south ≤ north ≤ 90",
        ),
        (
            {"within": {"south": 0.0, "west": 0.0, "north": 1.0, "east": 181.0}},
            "filter.within: must have -180 ≤ west ≤ east ≤ 180",
        ),
    ],
)
async def test_a_filter_that_makes_no_sense_is_refused(
    client: Client, given: dict[str, object], complaint: str
) -> None:
    assert await client.error(FILTERED, f=given) == complaint


async def test_a_list_of_statuses_holds_no_more_than_there_are(client: Client, owners: list[Owner]) -> None:
    owned = "query($s: [PropertyStatus!], $id: ID!) { owner(id: $id) { properties(statuses: $s) { nodes { id } } } }"
    found = "query($s: [PropertyStatus!]) { properties(filter: {statuses: $s}) { nodes { id } } }"
    assert await client.data(owned, id=owners[0].id, s=["SOLD"] * 5) == {"owner": {"properties": {"nodes": []}}}
    assert await client.error(owned, id=owners[0].id, s=["SOLD"] * 6) == "statuses: must be at most 5, not 6"
    assert await client.error(found, s=["SOLD"] * 6) == "filter.statuses: must be at most 5, not 6"


@pytest.mark.parametrize("limit", [0, 501, -1])
async def test_a_citys_listing_has_a_limit(client: Client, limit: int) -> None:
    message = await client.error('query($n: Int!) { propertiesByCity(city: "x", limit: $n) { id } }', n=limit)
    assert message == f"limit: must be between 1 and 500, not {limit}"


async def test_owners_are_found_by_the_start_of_their_name(client: Client, store: Store) -> None:
    names = ["Émile", "émilie", "Emil", "Zoë"]
    await store.create(OWNERS, [an_owner(name=name) for name in names])
    data = await client.data('{ owners(filter: {nameStartsWith: "ÉMIL"}, orderBy: NAME) { nodes { name } } }')
    assert [node["name"] for node in data["owners"]["nodes"]] == ["Émile", "émilie"]


@pytest.mark.parametrize("city", ["istanbul", "İstanbul", "I\u0307STANBUL", "ISTANBUL", "ıstanbul"])
async def test_a_city_is_found_with_any_i_of_the_turkish_alphabet(
    client: Client, store: Store, owners: list[Owner], city: str
) -> None:
    await store.create(PROPERTIES, [a_listing(owners[0], city=name) for name in ("İstanbul", "Istanbul")])
    data = await client.data("query($c: String!) { propertiesByCity(city: $c) { city } }", c=city)
    assert sorted(row["city"] for row in data["propertiesByCity"]) == ["Istanbul", "İstanbul"]


async def test_the_currency_is_shown(client: Client) -> None:
    assert await client.data("{ currency }") == {"currency": "EUR"}


@pytest.mark.parametrize("price", [1.5, "1", True, 2**53, -(2**53), 10**400])
async def test_a_price_is_a_whole_number_that_json_keeps(client: Client, price: object) -> None:
    body = await client.ask(FILTERED, f={"price": {"min": price}})
    assert "Price must be a whole number" in body["errors"][0]["message"]
    assert listings_of(body) is None


def listings_of(body: dict[str, object]) -> object:
    return body["data"]


OF_PRICE = "{ properties(filter: {price: {min: PRICE}}) { nodes { id } } }"


@pytest.mark.parametrize("literal", ["450.000", "450000.0", "4.5e5", '"450"', "true"])
async def test_a_price_in_a_document_is_digits_only(client: Client, literal: str) -> None:
    body = await client.ask(OF_PRICE.replace("PRICE", literal))
    [error] = body["errors"]
    assert error["message"] == f"Price must be a whole number, digits only, not {literal}."
    assert error["locations"] == [{"line": 1, "column": OF_PRICE.index("PRICE") + 1}]


@pytest.mark.parametrize("literal", ["9007199254740992", "-9007199254740992", "9" * 5000])
async def test_a_price_in_a_document_beyond_the_greatest_is_told_with_its_place(client: Client, literal: str) -> None:
    body = await client.ask(OF_PRICE.replace("PRICE", literal))
    [error] = body["errors"]
    assert error["message"] == "Price must be a whole number of at most 9007199254740991."
    assert error["locations"] == [{"line": 1, "column": OF_PRICE.index("PRICE") + 1}]


async def test_a_whole_float_among_variables_is_a_price_as_it_is_an_int(
    client: Client, store: Store, owners: list[Owner]
) -> None:
    await store.create(PROPERTIES, [a_listing(owners[0], price=200, address="a", bedrooms=2)])
    data = await client.data(FILTERED, f={"price": {"min": 200.0, "max": 200.0}, "minBedrooms": 2.0})
    assert data["properties"]["nodes"] == [{"address": "a"}]
