"""Connections: pages forward and backward, cursors, counts."""

import pytest

from storage.record import Owner, Property
from storage.sql_store import SqlStore
from storage.store import Store
from storage.tables import PROPERTIES
from tests.graphql import Client
from tests.query_log import QueryLog

PAGE = """
query($first: Int, $after: String, $last: Int, $before: String, $order: PropertyOrder! = PRICE_UP, $city: String) {
  properties(filter: {city: $city}, orderBy: $order, first: $first, after: $after, last: $last, before: $before) {
    edges { cursor node { price } }
    nodes { price }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}
"""


def prices(page: dict[str, list[dict[str, int]]]) -> list[int]:
    return [node["price"] for node in page["nodes"]]


@pytest.mark.parametrize("order", ["NEWEST", "PRICE_UP", "PRICE_DOWN"])
async def test_pages_forward_cover_the_list_without_gap_or_repeat(
    client: Client, listings: list[Property], order: str
) -> None:
    whole = (await client.data(PAGE, first=100, order=order))["properties"]
    seen, after = [], None
    while True:
        page = (await client.data(PAGE, first=7, after=after, order=order))["properties"]
        seen += prices(page)
        assert page["pageInfo"]["hasPreviousPage"] is (after is not None)
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert seen == prices(whole)
    assert len(seen) == 50


async def test_pages_backward_are_in_the_lists_own_order(client: Client, listings: list[Property]) -> None:
    last = (await client.data(PAGE, last=3))["properties"]
    assert prices(last) == [147_000, 148_000, 149_000]
    assert last["pageInfo"]["hasPreviousPage"] is True
    assert last["pageInfo"]["hasNextPage"] is False
    before = (await client.data(PAGE, last=3, before=last["pageInfo"]["startCursor"]))["properties"]
    assert prices(before) == [144_000, 145_000, 146_000]
    assert before["pageInfo"]["hasNextPage"] is True


async def test_a_page_of_none_still_says_whether_there_is_more(client: Client, listings: list[Property]) -> None:
    page = (await client.data(PAGE, first=0))["properties"]
    assert page["nodes"] == []
    assert page["pageInfo"] == {
        "hasNextPage": True,
        "hasPreviousPage": False,
        "startCursor": None,
        "endCursor": None,
    }


async def test_a_cursor_is_refused_with_another_filter_order_or_list(client: Client, listings: list[Property]) -> None:
    cursor = (await client.data(PAGE, first=1))["properties"]["pageInfo"]["endCursor"]
    assert "belongs to another" in await client.error(PAGE, after=cursor, order="PRICE_DOWN")
    assert "belongs to another" in await client.error(PAGE, after=cursor, city="Lisbon")
    assert "belongs to another" in await client.error(
        "query($c: String) { owners(after: $c) { nodes { id } } }", c=cursor
    )


@pytest.mark.parametrize("cursor", ["", "abc", "é", "a" * 3000, "kwEC", "gICA", "AAAA====", "\ud800"])
async def test_what_is_no_cursor_is_refused(client: Client, cursor: str) -> None:
    assert "after:" in await client.error(PAGE, after=cursor)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({"first": -1}, "first: must be between 0 and 100, not -1"),
        ({"first": 101}, "first: must be between 0 and 100, not 101"),
        ({"last": 101}, "last: must be between 0 and 100, not 101"),
        ({"first": 1, "last": 1}, "last: can't be combined with first or after"),
        ({"first": 1, "before": "x"}, "before: can't be combined with first or after"),
    ],
)
async def test_paging_arguments_have_limits(client: Client, arguments: dict[str, int], complaint: str) -> None:
    assert await client.error(PAGE, **arguments) == complaint


async def test_a_count_is_exact_up_to_its_limit(
    client: Client, listings: list[Property], monkeypatch: pytest.MonkeyPatch
) -> None:
    query = "{ properties { totalCount totalCountIsExact } owners { totalCount totalCountIsExact } }"
    data = await client.data(query)
    assert data["properties"] == {"totalCount": 50, "totalCountIsExact": True}
    assert data["owners"] == {"totalCount": 10, "totalCountIsExact": True}
    monkeypatch.setattr("storage.sql.search.COUNT_LIMIT", 49)
    monkeypatch.setattr("schema.count.COUNT_LIMIT", 49)
    data = await client.data(query)
    assert data["properties"] == {"totalCount": 49, "totalCountIsExact": False}


async def test_a_count_that_takes_too_long_is_null(
    client: Client, store: Store, listings: list[Property], query_log: QueryLog
) -> None:
    assert isinstance(store, SqlStore)
    store._count_timeout = 1e-9
    data = await client.data("{ properties(first: 1) { totalCount totalCountIsExact nodes { price } } }")
    assert data["properties"]["totalCount"] is None
    assert data["properties"]["totalCountIsExact"] is False
    assert len(data["properties"]["nodes"]) == 1
    assert "count_properties failed: DeadlineExceeded" in query_log


async def test_an_owners_listings_and_a_listings_history_page_too(
    client: Client, store: Store, owners: list[Owner], listings: list[Property]
) -> None:
    query = """
    query($id: ID!, $after: String) {
      owner(id: $id) { properties(first: 2, after: $after, statuses: [ACTIVE]) {
        totalCount nodes { price } pageInfo { hasNextPage endCursor } } }
    }"""
    seen, after = [], None
    for _ in range(3):
        page = (await client.data(query, id=owners[0].id, after=after))["owner"]["properties"]
        assert page["totalCount"] == 5
        seen += prices(page)
        after = page["pageInfo"]["endCursor"]
    assert sorted(seen) == [100_000, 110_000, 120_000, 130_000, 140_000]
    for price in (1, 2, 3):
        await store.update(PROPERTIES, listings[0].id, {"price": price})
    history = """
    query($id: ID!, $after: String) {
      property(id: $id) { priceHistory(first: 2, after: $after) {
        nodes { oldPrice newPrice property { id } } pageInfo { hasNextPage endCursor } } }
    }"""
    page = (await client.data(history, id=listings[0].id))["property"]["priceHistory"]
    assert [node["newPrice"] for node in page["nodes"]] == [3, 2]
    after = page["pageInfo"]["endCursor"]
    page = (await client.data(history, id=listings[0].id, after=after))["property"]["priceHistory"]
    assert [node["oldPrice"] for node in page["nodes"]] == [100_000]
    assert page["pageInfo"]["hasNextPage"] is False
