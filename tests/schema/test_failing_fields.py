"""A root field that fails is null by itself: what its neighbors read or wrote is told, and what follows runs."""

from collections.abc import Callable
from typing import Any

import pytest

from storage.errors import DeadlineExceeded, Unavailable
from storage.reads import READS
from storage.record import Owner, Property
from storage.table import Table
from storage.tables import OWNERS, PROPERTIES
from tests.graphql import SCHEMA, Client

FAILURES = [
    (Unavailable("gone"), "UNAVAILABLE"),
    (DeadlineExceeded("late"), "DEADLINE_EXCEEDED"),
    (RuntimeError("broken"), "INTERNAL"),
]
UPDATE = 'updateProperty(id: "{id}", input: {{price: {price}}}) {{ property {{ price }} }}'
RENAME = 'updateOwner(id: "{owner_id}", input: {{name: "{price}"}}) {{ owner {{ name }} }}'
LISTING = '{{address: "a", city: "c", price: 1, ownerId: "{owner_id}"}}'
WRITES = [
    ("create", PROPERTIES, f"createProperty(input: {LISTING}) {{{{ property {{{{ id }}}} }}}}"),
    ("create", PROPERTIES, f"createProperties(inputs: [{LISTING}]) {{{{ properties {{{{ id }}}} }}}}"),
    ("update", PROPERTIES, UPDATE),
    ("delete", PROPERTIES, 'deleteProperty(id: "{id}") {{ deletedId }}'),
    ("create", OWNERS, 'createOwner(input: {{name: "b", email: "b@c.d"}}) {{ owner {{ id }} }}'),
    ("update", OWNERS, RENAME),
]


def failing(error: Exception) -> Callable[..., Any]:
    """A read's `run` that raises."""

    async def fail(*arguments: Any, **options: Any) -> Any:
        raise error

    return fail


async def test_a_failed_mutation_does_not_hide_the_ids_of_the_others(client: Client, owners: list[Owner]) -> None:
    create = f"createProperty(input: {LISTING}) {{{{ property {{{{ id }}}} }}}}".format(owner_id=owners[0].id)
    body = await client.ask(f'mutation {{ a: {create} b: deleteProperty(id: "nope") {{ deletedId }} c: {create} }}')
    assert body["data"]["a"]["property"]["id"].startswith("property_")
    assert body["data"]["b"] is None
    assert body["data"]["c"]["property"]["id"].startswith("property_")
    assert [(error["path"], error["extensions"]["code"]) for error in body["errors"]] == [(["b"], "BAD_USER_INPUT")]


@pytest.mark.parametrize(("error", "code"), FAILURES)
@pytest.mark.parametrize(("method", "table", "write"), WRITES)
async def test_a_mutation_that_the_database_fails_is_null_by_itself(
    client: Client,
    listings: list[Property],
    monkeypatch: pytest.MonkeyPatch,
    method: str,
    table: Table[Any],
    write: str,
    error: Exception,
    code: str,
) -> None:
    real = getattr(client.store, method)

    async def fail(given: Table[Any], *arguments: Any, **options: Any) -> Any:
        if given is table:
            raise error
        return await real(given, *arguments, **options)

    monkeypatch.setattr(client.store, method, fail)
    other, field = (UPDATE, "property") if table is OWNERS else (RENAME, "owner")
    first, failed, last = (
        text.format(id=listings[0].id, owner_id=listings[0].owner_id, price=price)
        for text, price in ((other, 5), (write, 6), (other, 7))
    )
    body = await client.ask(f"mutation {{ first: {first} failed: {failed} last: {last} }}")
    assert [*map(str, body["data"]["first"][field].values())] == ["5"]
    assert body["data"]["failed"] is None
    assert [*map(str, body["data"]["last"][field].values())] == ["7"]
    assert [(each["path"], each["extensions"]["code"]) for each in body["errors"]] == [(["failed"], code)]


async def test_what_follows_a_failed_mutation_reads_what_was_written_before_it(
    client: Client, listings: list[Property]
) -> None:
    id = listings[0].id
    body = await client.ask(
        f"""mutation {{
          a: updateProperty(id: "{id}", input: {{price: 5}}) {{ property {{ owner {{ propertyCount }} }} }}
          deleteProperty(id: "{id}") {{ deletedId }}
          b: updateProperty(id: "nope", input: {{price: 5}}) {{ property {{ id }} }}
          c: updateOwner(id: "{listings[0].owner_id}", input: {{}}) {{ owner {{ propertyCount }} }}
        }}"""
    )
    assert body["data"]["a"]["property"]["owner"]["propertyCount"] == 5
    assert body["data"]["c"]["owner"]["propertyCount"] == 4


@pytest.mark.parametrize(
    "failed",
    [
        'property(id: "nope") { id }',
        'owner(id: "nope") { id }',
        'node(id: "nope") { id }',
        f"nodes(ids: [{', '.join(['1'] * 101)}]) {{ id }}",
        'properties(after: "nope") { nodes { id } }',
        'owners(after: "nope") { nodes { id } }',
        'propertiesByCity(city: "") { id }',
    ],
)
async def test_a_query_that_fails_does_not_take_its_neighbors_along(
    client: Client, listings: list[Property], failed: str
) -> None:
    body = await client.ask(f'{{ failed: {failed} property(id: "{listings[0].id}") {{ id }} currency }}')
    assert body["data"] == {"failed": None, "property": {"id": listings[0].id}, "currency": "EUR"}
    assert [(each["path"], each["extensions"]["code"]) for each in body["errors"]] == [(["failed"], "BAD_USER_INPUT")]


@pytest.mark.parametrize(("error", "code"), FAILURES)
@pytest.mark.parametrize(
    ("read", "failed"),
    [
        ("search_properties", "properties { nodes { id } }"),
        ("search_owners", "owners { nodes { id } }"),
        ("properties_by_city", 'propertiesByCity(city: "Lisbon") { id }'),
    ],
)
async def test_a_list_that_the_database_fails_is_null_by_itself(
    client: Client,
    listings: list[Property],
    monkeypatch: pytest.MonkeyPatch,
    read: str,
    failed: str,
    error: Exception,
    code: str,
) -> None:
    monkeypatch.setattr(READS[read], "run", failing(error))
    body = await client.ask(f'{{ failed: {failed} property(id: "{listings[0].id}") {{ id }} }}')
    assert body["data"] == {"failed": None, "property": {"id": listings[0].id}}
    assert [(each["path"], each["extensions"]["code"]) for each in body["errors"]] == [(["failed"], code)]


def test_every_root_field_that_can_fail_may_be_null() -> None:
    schema = SCHEMA._schema
    required = [
        f"{root.name}.{name}"
        for root in (schema.query_type, schema.mutation_type)
        if root is not None
        for name, field in root.fields.items()
        if str(field.type).endswith("!")
    ]
    assert required == ["Query.currency"]
