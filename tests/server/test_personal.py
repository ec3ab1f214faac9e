"""Personal data: by every path of the schema, with the scope and without."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    get_named_type,
)

from storage.reads.price_change import PRICE_CHANGES_BY_PROPERTY_ID
from storage.record import Owner, PriceChange, Property
from storage.search import PriceChangePage
from storage.sql_store import SqlStore
from storage.tables import OWNERS, PROPERTIES
from tests.drafts import a_listing, an_owner
from tests.graphql import SCHEMA
from tests.server.clients import bearer, running

EMAIL, PHONE = "ada.secret@example.org", "+351 555 0100"
PERSONAL = {
    (type_.name, name)
    for type_ in SCHEMA._schema.type_map.values()
    if isinstance(type_, GraphQLObjectType)
    for name, field in type_.fields.items()
    if "scope" in getattr(field.extensions.get("strawberry-definition"), "metadata", {})
}

Step = tuple[str, GraphQLField, str | None]
"""A field's name and definition, and the type of the fragment below it where it is an interface."""


def paths(on: GraphQLObjectType, steps: tuple[Step, ...] = (), seen: tuple[str, ...] = ()) -> Iterator[Any]:
    """Every way from a root to a personal field that comes to an owner at most twice, to other types at most once."""
    for name, field in on.fields.items():
        if (on.name, name) in PERSONAL:
            yield (*steps, (name, field, None))
        named = get_named_type(field.type)
        if isinstance(named, GraphQLInterfaceType):
            targets = SCHEMA._schema.get_possible_types(named)
            below = [(target, target.name) for target in targets]
        else:
            below = [(named, None)] if isinstance(named, GraphQLObjectType) else []  # type: ignore[list-item]
        for target, condition in below:
            if seen.count(target.name) < (2 if target.name == "Owner" else 1):
                yield from paths(target, (*steps, (name, field, condition)), (*seen, target.name))


def written(steps: tuple[Step, ...]) -> str:
    """The selection that goes this way."""
    text = ""
    for name, _, condition in reversed(steps):
        inner = f"... on {condition} {{ {text} }}" if condition else text
        text = f"{name} {{ {inner} }}" if inner else name
    return text


ROOTS = {"query": SCHEMA._schema.query_type, "mutation": SCHEMA._schema.mutation_type}
WAYS = [
    (kind, way)
    for kind, root in ROOTS.items()
    if root
    for way in paths(root)
    if [step[0] for step in way[:3]] != ["createOwner", "owner", "properties"]  # a new owner has none
]


@pytest.fixture
async def arguments(store: SqlStore) -> dict[str, str]:
    """Arguments that find something, or write it, by field."""
    [owner] = await store.create(OWNERS, [an_owner(name="Ada", email=EMAIL, phone=PHONE)])
    [listing] = await store.create(PROPERTIES, [a_listing(owner)])
    await store.update(PROPERTIES, listing.id, {"price": 7})
    page = PriceChangePage(listing.id, 1, None)
    [change] = (await store.read(PRICE_CHANGES_BY_PROPERTY_ID, [page]))[page]
    return arguments_for(owner, listing, change)


def arguments_for(owner: Owner, listing: Property, change: PriceChange) -> dict[str, str]:
    draft = f'{{address: "a", city: "c", price: 1, ownerId: "{owner.id}"}}'
    return {
        "property": f'(id: "{listing.id}")',
        "propertiesByCity": f'(city: "{listing.city}")',
        "owner": f'(id: "{owner.id}")',
        "node Owner": f'(id: "{owner.id}")',
        "node Property": f'(id: "{listing.id}")',
        "node PriceChange": f'(id: "{change.id}")',
        "nodes": f'(ids: ["{owner.id}", "{listing.id}", "{change.id}"])',
        "createProperty": f"(input: {draft})",
        "createProperties": f"(inputs: [{draft}])",
        "updateProperty": f'(id: "{listing.id}", input: {{price: 8}})',
        "createOwner": f'(input: {{name: "B", email: "{EMAIL}", phone: "{PHONE}"}})',
        "updateOwner": f'(id: "{owner.id}", input: {{email: "{EMAIL}", phone: "{PHONE}"}})',
    }


def operation(kind: str, way: tuple[Step, ...], arguments: dict[str, str]) -> str:
    """Arguments belong to root fields, and to `nodes` only where it is one."""
    (root, _, condition), *rest = way
    given = arguments.get(f"{root} {condition}", arguments.get(root, ""))
    below = written(tuple(rest))
    inner = f"... on {condition} {{ {below} }}" if condition else below
    return f"{kind} {{ {root}{given} {{ {inner} }} }}"


def leaves(value: Any) -> list[Any]:
    """Everything at the ends of an answer."""
    if isinstance(value, dict):
        return [leaf for each in value.values() for leaf in leaves(each)]
    if isinstance(value, list):
        return [leaf for each in value for leaf in leaves(each)]
    return [value]


def at(data: Any, path: list[str | int]) -> Any:
    for key in path:
        data = data[key]
    return data


def test_the_walk_knows_what_is_personal_and_many_ways_to_it() -> None:
    assert {("Owner", "email"), ("Owner", "phone")} == PERSONAL
    roots = {way[0][0] for _, way in WAYS}
    assert roots == {name for root in ROOTS.values() if root for name in root.fields} - {"currency", "deleteProperty"}
    assert len(WAYS) > 50


async def test_by_every_way_it_is_null_with_an_error_at_its_path_unless_the_scope_allows_it(
    database_url: str, arguments: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", logger="freehold")
    async with running(database_url, token_rate_limit=0) as client:
        for kind, way in WAYS:
            query = operation(kind, way, arguments)
            body = await ask(client, query, "writer")
            ends = leaves(body["data"])
            assert ends, query
            assert set(ends) == {None}, query
            assert body["errors"], query
            for error in body["errors"]:
                told = {"code": "FORBIDDEN", "scope": "personal"}
                assert error["extensions"] in (told, told | {"count": len(ends)}), query
                assert error["path"][-1] == way[-1][0], query
                assert at(body["data"], error["path"]) is None, query
            assert EMAIL not in str(body)
            assert PHONE not in str(body)
            allowed = await ask(client, query, "root")
            assert "errors" not in allowed, query
            assert {EMAIL, PHONE} & set(leaves(allowed["data"])), query
    assert EMAIL not in caplog.text
    assert PHONE not in caplog.text


async def ask(client: httpx.AsyncClient, query: str, holder: str) -> Any:
    response = await client.post("/graphql", json={"query": query}, headers=bearer(holder))
    assert response.status_code == 200, query
    return response.json()


async def test_the_public_and_a_json_answer_to_each_viewer_are_not_mixed(
    database_url: str, arguments: dict[str, str]
) -> None:
    query = f"{{ owner{arguments['owner']} {{ email }} }}"
    async with running(database_url) as client:
        for holder, seen in (("clerk", EMAIL), ("reader", None), ("root", EMAIL), ("writer", None)):
            assert (await ask(client, query, holder))["data"]["owner"]["email"] == seen
        response = await client.post("/graphql", json={"query": query})
        assert response.json()["data"] == {"owner": {"email": None}}


async def test_what_the_database_refuses_is_not_logged_with_its_value(
    database_url: str, arguments: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    async with running(database_url) as client:
        for field in ("email", "phone", "name", "reference"):
            value = {"email": "hush@example.org\x00", "name": "A"} | {field: "hush\x00" * 5}
            query = "mutation($input: CreateOwnerInput!) { createOwner(input: $input) { errors { message } } }"
            response = await client.post(
                "/graphql", json={"query": query, "variables": {"input": value}}, headers=bearer("root")
            )
            assert "hush" not in response.text
    assert "hush" not in caplog.text


def test_no_filter_and_no_order_hangs_on_personal_data() -> None:
    """It could be guessed, one letter after the other, by what is found and what is not."""
    names = {name for _, name in PERSONAL}
    schema = SCHEMA._schema
    assert schema.query_type is not None
    pending = [get_named_type(a.type) for f in schema.query_type.fields.values() for a in f.args.values()]
    for type_ in schema.type_map.values():
        if isinstance(type_, GraphQLObjectType) and type_ is not schema.mutation_type and type_.name[:2] != "__":
            pending += [get_named_type(a.type) for f in type_.fields.values() for a in f.args.values()]
            assert not [name for f in type_.fields.values() for name in f.args if is_about(name, names)]
    seen = set()
    while pending:
        type_ = pending.pop()
        if type_.name in seen:
            continue
        seen.add(type_.name)
        if isinstance(type_, GraphQLInputObjectType):
            assert not [name for name in type_.fields if is_about(name, names)]
            pending += [get_named_type(field.type) for field in type_.fields.values()]
        elif isinstance(type_, GraphQLEnumType):
            assert not [name for name in type_.values if is_about(name, names)]
    assert {"OwnerFilter", "OwnerOrder", "PropertyFilter", "PropertyOrder"} <= seen


def is_about(name: str, personal: set[str]) -> bool:
    return any(word in name.lower() for word in personal)
