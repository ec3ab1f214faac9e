"""A field that fails alike in many rows is one error, with their number: with personal data, or when a batch fails."""

from typing import Any

import pytest

from schema.viewer import Scope, Viewer
from storage.errors import DeadlineExceeded
from storage.reads.property import PROPERTY_COUNTS_BY_OWNER_ID
from storage.record import Property
from tests.graphql import Client
from tests.schema.test_failing_fields import failing

FORBIDDEN = {"code": "FORBIDDEN", "scope": "personal"}


def told(body: dict[str, Any]) -> list[tuple[Any, Any]]:
    """The errors' paths and extensions, by path."""
    return sorted((error["path"], error["extensions"]) for error in body["errors"])


@pytest.fixture
def reader(client: Client) -> Client:
    """A client without the scope for personal data."""
    client.viewer = Viewer("reader", frozenset({Scope.READ, Scope.WRITE}))
    return client


async def test_a_personal_field_is_one_error_for_a_whole_page(reader: Client, listings: list[Property]) -> None:
    body = await reader.ask("{ properties(first: 50) { nodes { owner { email phone } } } }")
    assert body["data"]["properties"]["nodes"] == [{"owner": {"email": None, "phone": None}}] * 50
    assert told(body) == [
        (["properties", "nodes", 0, "owner", "email"], FORBIDDEN | {"count": 50}),
        (["properties", "nodes", 0, "owner", "phone"], FORBIDDEN | {"count": 50}),
    ]


async def test_fields_of_different_response_names_are_errors_of_their_own(
    reader: Client, listings: list[Property]
) -> None:
    body = await reader.ask("{ a: owners(first: 3) { nodes { email } } b: owners(first: 2) { nodes { e: email } } }")
    assert told(body) == [
        (["a", "nodes", 0, "email"], FORBIDDEN | {"count": 3}),
        (["b", "nodes", 0, "e"], FORBIDDEN | {"count": 2}),
    ]


async def test_a_personal_field_of_one_object_has_no_count(reader: Client, listings: list[Property]) -> None:
    body = await reader.ask(f'{{ owner(id: "{listings[0].owner_id}") {{ email }} }}')
    assert told(body) == [(["owner", "email"], FORBIDDEN)]


async def test_lists_within_lists_are_counted_together(reader: Client, listings: list[Property]) -> None:
    query = "{ owners(first: 10) { nodes { properties(first: 5) { nodes { owner { email } } } } } }"
    body = await reader.ask(query)
    assert told(body) == [
        (["owners", "nodes", 0, "properties", "nodes", 0, "owner", "email"], FORBIDDEN | {"count": 50})
    ]


async def test_a_batch_that_fails_is_one_error(
    client: Client, listings: list[Property], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(PROPERTY_COUNTS_BY_OWNER_ID, "run", failing(DeadlineExceeded("late")))
    body = await client.ask(f"{{ nodes(ids: [{ids(listings)}]) {{ ... on Owner {{ propertyCount }} }} }}")
    assert body["data"] == {"nodes": [None] * 10}
    [error] = body["errors"]
    assert error["path"] == ["nodes", 0, "propertyCount"]
    assert error["extensions"]["code"] == "DEADLINE_EXCEEDED"
    assert error["extensions"]["count"] == 10
    assert caplog.text.count("late") == 1


async def test_a_wrong_argument_within_a_list_is_one_error(client: Client, listings: list[Property]) -> None:
    query = f"{{ nodes(ids: [{ids(listings)}]) {{ ... on Owner {{ properties(first: 101) {{ totalCount }} }} }} }}"
    [error] = (await client.ask(query))["errors"]
    assert error["path"] == ["nodes", 0, "properties"]
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "argument": "first", "count": 10}


async def test_wrong_elements_of_a_list_keep_an_error_each(client: Client, listings: list[Property]) -> None:
    body = await client.ask(f'{{ nodes(ids: ["x", "{listings[0].id}", "y"]) {{ id }} }}')
    assert [error["path"] for error in body["errors"]] == [["nodes", 0], ["nodes", 2]]
    assert body["data"]["nodes"][1] == {"id": listings[0].id}


def ids(listings: list[Property]) -> str:
    return ", ".join(f'"{id}"' for id in sorted({listing.owner_id for listing in listings}))
