"""The promise: a query costs a fixed number of statements, however many rows it returns."""

import pytest

from storage.record import Owner, Property
from storage.store import Store
from storage.tables import PROPERTIES
from tests.conftest import MaxStatements
from tests.graphql import Client
from tests.query_log import QueryLog


async def test_fifty_listings_with_owners_are_two_statements(
    client: Client, listings: list[Property], query_log: QueryLog
) -> None:
    data = await client.data('{ propertiesByCity(city: "lisbon", limit: 50) { id address price owner { id name } } }')
    assert len(data["propertiesByCity"]) == 50
    assert query_log == ["properties_by_city", "owners_by_id(10)"]


async def test_every_relation_of_a_level_is_one_statement(
    client: Client, listings: list[Property], query_log: QueryLog
) -> None:
    data = await client.data(
        """{
          properties(first: 50) {
            totalCount
            nodes {
              priceHistory { nodes { newPrice } }
              owner { propertyCount properties(first: 2) { nodes { owner { name } } } }
            }
          }
        }"""
    )
    assert data["properties"]["totalCount"] == 50
    assert {node["owner"]["propertyCount"] for node in data["properties"]["nodes"]} == {5}
    assert sorted(query_log) == [
        "count_properties",
        "owners_by_id(10)",
        "price_changes_by_property_id(50)",
        "properties_by_owner_id(10)",
        "property_counts_by_owner_id(10)",
        "search_properties",
    ]


async def test_nodes_of_all_kinds_are_one_statement_a_kind(
    client: Client, store: Store, listings: list[Property], owners: list[Owner], query_log: QueryLog
) -> None:
    await store.update(PROPERTIES, listings[0].id, {"price": 5})
    [change] = (
        await client.data("query($id: ID!) { property(id: $id) { priceHistory { nodes { id } } } }", id=listings[0].id)
    )["property"]["priceHistory"]["nodes"]
    query_log.clear()
    ids = [listings[0].id, owners[0].id, change["id"], listings[1].id, owners[0].id]
    data = await client.data("query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }", ids=ids)
    assert [node["id"] for node in data["nodes"]] == ids
    assert [node["__typename"] for node in data["nodes"]] == ["Property", "Owner", "PriceChange", "Property", "Owner"]
    assert sorted(query_log) == ["owners_by_id", "price_changes_by_id", "properties_by_id(2)"]


async def test_what_is_not_selected_is_not_read(client: Client, listings: list[Property], query_log: QueryLog) -> None:
    await client.data("{ properties { nodes { id } } owners { nodes { id } } }")
    assert sorted(query_log) == ["search_owners", "search_properties"]


async def test_more_rows_are_not_more_statements(
    client: Client, listings: list[Property], max_statements: MaxStatements
) -> None:
    for limit in (1, 50):
        with max_statements(3):
            await client.data(
                'query($n: Int!) { propertiesByCity(city: "lisbon", limit: $n) { owner { propertyCount } } }', n=limit
            )


async def test_too_many_statements_fail_by_their_names(
    client: Client, listings: list[Property], max_statements: MaxStatements
) -> None:
    ran = r"2 statements ran, not at most 1: properties_by_city, owners_by_id\(10\)"
    with pytest.raises(AssertionError, match=ran), max_statements(1):
        await client.data('{ propertiesByCity(city: "lisbon", limit: 50) { owner { name } } }')
