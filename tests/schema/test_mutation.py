"""Mutations: what is written, and the typed errors of what is not."""

from typing import Any

import pytest

from storage.ids import PROPERTY, new_id
from storage.reads.property import PROPERTIES_BY_ID
from storage.record import Owner, Property
from storage.store import Store
from storage.tables import PROPERTIES
from tests.graphql import SCHEMA, Client
from tests.query_log import QueryLog

CREATE = """mutation($input: CreatePropertyInput!) {
  createProperty(input: $input) {
    property { id version status price bedrooms } errors { code field message index } } }"""
CREATE_MANY = """mutation($inputs: [CreatePropertyInput!]!) {
  createProperties(inputs: $inputs) { properties { address } errors { code field message index } } }"""
UPDATE = """mutation($id: ID!, $input: UpdatePropertyInput!, $version: Int) {
  updateProperty(id: $id, input: $input, expectedVersion: $version) {
    property { version price status bedrooms priceHistory { nodes { oldPrice newPrice oldStatus newStatus } } }
    errors { code field message } } }"""
UNKNOWN_OWNER = "owner_01jx0000000000000000000000"


def an_input(owner: Owner, **fields: Any) -> dict[str, Any]:
    return {"address": "1 Main Street", "city": "Lisbon", "price": 100, "ownerId": owner.id} | fields


async def test_a_listing_is_created_as_a_draft(
    client: Client, store: Store, owners: list[Owner], query_log: QueryLog
) -> None:
    payload = (await client.data(CREATE, input=an_input(owners[0], bedrooms=2)))["createProperty"]
    assert payload["errors"] == []
    assert {**payload["property"], "id": ""} == {
        "id": "",
        "version": 1,
        "status": "DRAFT",
        "price": 100,
        "bedrooms": 2,
    }
    assert query_log == ["lock_owners_by_id", "insert_properties"]
    assert payload["property"]["id"] in await store.read(PROPERTIES_BY_ID, [payload["property"]["id"]])


@pytest.mark.parametrize(
    ("fields", "code", "field", "message"),
    [
        ({"price": -1}, "VALIDATION", "price", "must be greater than or equal to 0"),
        ({"address": "  "}, "VALIDATION", "address", "must have at least 1 character"),
        ({"address": "x" * 201}, "VALIDATION", "address", "must have at most 200 characters"),
        ({"city": "a\x00b"}, "VALIDATION", "city", "must not contain control characters"),
        ({"postalCode": "x" * 65}, "VALIDATION", "postalCode", "must have at most 64 characters"),
        ({"bedrooms": -1}, "VALIDATION", "bedrooms", "must be greater than or equal to 0"),
        ({"bathrooms": 1001.0}, "VALIDATION", "bathrooms", "must be less than or equal to 1000"),
        ({"area": 0.0}, "VALIDATION", "area", "must be greater than 0"),
        ({"latitude": 90.1}, "VALIDATION", "latitude", "must be less than or equal to 90"),
        ({"longitude": -181.0}, "VALIDATION", "longitude", "must be greater than or equal to -180"),
        ({"ownerId": "me"}, "VALIDATION", "ownerId", "must be an owner's id (owner_…)"),
        ({"ownerId": UNKNOWN_OWNER}, "NOT_FOUND", "ownerId", "there is no owner with this id"),
    ],
)
async def test_a_listing_that_cannot_be_is_a_typed_error(
    client: Client, owners: list[Owner], fields: dict[str, Any], code: str, field: str, message: str
) -> None:
    payload = (await client.data(CREATE, input=an_input(owners[0], **fields)))["createProperty"]
    assert payload == {
        "property": None,
        "errors": [{"code": code, "field": field, "message": message, "index": None}],
    }


async def test_a_problem_of_a_mutation_of_one_has_no_index(client: Client, owners: list[Owner]) -> None:
    listing, owner = {"reference": "L"}, {"name": "A", "email": "a@b.c", "reference": "O"}
    created = (await client.data(CREATE, input=an_input(owners[0], **listing)))["createProperty"]["property"]
    new_owner = (
        "mutation($input: CreateOwnerInput!) { a: createOwner(input: $input) { owner { id } errors { index } } }"
    )
    id = (await client.data(new_owner, input=owner))["a"]["owner"]["id"]
    nobody = new_id(PROPERTY)
    problems = [
        await client.data(new_owner, input=owner),
        await client.data(new_owner, input=owner | {"name": ""}),
        await client.data(
            CREATE.replace("createProperty(", "a: createProperty("), input=an_input(owners[0], **listing)
        ),
        await client.data(
            "mutation($o: ID!) { a: updateOwner(id: $o, input: {email: null, name: null}) { errors { index } } }", o=id
        ),
        await client.data(
            "mutation($p: ID!) { a: updateProperty(id: $p, input: {ownerId: null, price: -1}) { errors { index } } }",
            p=created["id"],
        ),
        await client.data("mutation($p: ID!) { a: deleteProperty(id: $p) { errors { index } } }", p=nobody),
    ]
    assert [{error["index"] for error in problem["a"]["errors"]} for problem in problems] == [{None}] * 6


@pytest.mark.parametrize("fields", [{"status": "LOST"}, {"price": 1.5}, {"bedrooms": 2**31}, {"latitude": "north"}])
async def test_a_value_of_the_wrong_type_is_refused_before_anything_runs(
    client: Client, owners: list[Owner], query_log: QueryLog, fields: dict[str, Any]
) -> None:
    body = await client.ask(CREATE, input=an_input(owners[0], **fields))
    assert body["data"] is None
    assert query_log == []


async def test_many_are_created_all_or_none_and_errors_carry_the_index(
    client: Client, owners: list[Owner], query_log: QueryLog
) -> None:
    inputs = [an_input(owners[0]), an_input(owners[0], price=-1), an_input(owners[0], address="", city="")]
    payload = (await client.data(CREATE_MANY, inputs=inputs))["createProperties"]
    assert payload["properties"] == []
    assert [(error["index"], error["field"]) for error in payload["errors"]] == [
        (1, "price"),
        (2, "address"),
        (2, "city"),
    ]
    assert query_log == []
    inputs = [
        an_input(owners[0], reference="A"),
        an_input(owners[0], reference="A"),
        an_input(owners[0], reference="B"),
    ]
    payload = (await client.data(CREATE_MANY, inputs=inputs))["createProperties"]
    assert [(error["index"], error["code"]) for error in payload["errors"]] == [(1, "CONFLICT")]
    data = await client.data("{ properties { totalCount } }")
    assert data == {"properties": {"totalCount": 0}}


async def test_a_thousand_are_created_in_a_fixed_number_of_statements_and_one_more_is_refused(
    client: Client, owners: list[Owner], query_log: QueryLog
) -> None:
    payload = (await client.data(CREATE_MANY, inputs=[an_input(owners[0])] * 1000))["createProperties"]
    assert len(payload["properties"]) == 1000
    assert query_log == ["lock_owners_by_id", "insert_properties(1000)"]
    payload = (await client.data(CREATE_MANY, inputs=[an_input(owners[0])] * 1001))["createProperties"]
    assert payload["errors"] == [
        {"code": "VALIDATION", "field": "inputs", "message": "must be at most 1000, not 1001", "index": None}
    ]


async def test_an_update_keeps_the_old_price_in_the_history(client: Client, listings: list[Property]) -> None:
    payload = (await client.data(UPDATE, id=listings[0].id, input={"price": 7, "status": "SOLD"}))["updateProperty"]
    assert payload == {
        "property": {
            "version": 2,
            "price": 7,
            "status": "SOLD",
            "bedrooms": None,
            "priceHistory": {
                "nodes": [{"oldPrice": 100_000, "newPrice": 7, "oldStatus": "ACTIVE", "newStatus": "SOLD"}]
            },
        },
        "errors": [],
    }


async def test_absent_fields_stay_and_null_takes_away(client: Client, listings: list[Property]) -> None:
    await client.data(UPDATE, id=listings[0].id, input={"bedrooms": 4})
    payload = (await client.data(UPDATE, id=listings[0].id, input={"price": 9}))["updateProperty"]
    assert payload["property"]["bedrooms"] == 4
    payload = (await client.data(UPDATE, id=listings[0].id, input={"bedrooms": None}))["updateProperty"]
    assert payload["property"]["bedrooms"] is None


LISTING_FIELDS = ["address", "city", "price", "status", "ownerId"]
OWNER_FIELDS = ["name", "email"]


@pytest.mark.parametrize("way", ["literal", "variable in the input", "variable as the input"])
@pytest.mark.parametrize(
    ("type_", "field"),
    [("Property", field) for field in LISTING_FIELDS] + [("Owner", field) for field in OWNER_FIELDS],
)
async def test_null_for_a_field_that_must_have_a_value_is_a_typed_error(
    client: Client, listings: list[Property], query_log: QueryLog, type_: str, field: str, way: str
) -> None:
    id = listings[0].id if type_ == "Property" else listings[0].owner_id
    scalar = {"price": "Price", "status": "PropertyStatus", "ownerId": "ID"}.get(field, "String")
    ways: dict[str, tuple[str, str, dict[str, Any]]] = {
        "literal": ("", f"{{{field}: null}}", {}),
        "variable in the input": (f"($value: {scalar})", f"{{{field}: $value}}", {"value": None}),
        "variable as the input": (f"($input: Update{type_}Input!)", "$input", {"input": {field: None}}),
    }
    head, given, variables = ways[way]
    mutation = (
        f'update{type_}(id: "{id}", input: {given}) {{ {type_.lower()} {{ id }} errors {{ code field message }} }}'
    )
    data = await client.data(f"mutation{head} {{ {mutation} }}", **variables)
    assert data[f"update{type_}"] == {
        type_.lower(): None,
        "errors": [{"code": "VALIDATION", "field": field, "message": "must not be null"}],
    }
    assert query_log == []


@pytest.mark.parametrize("type_", ["Property", "Owner"])
async def test_null_for_several_fields_names_each_that_must_have_a_value(
    client: Client, listings: list[Property], type_: str
) -> None:
    fields = SCHEMA._schema.type_map[f"Update{type_}Input"].fields  # type: ignore[attr-defined]
    id = listings[0].id if type_ == "Property" else listings[0].owner_id
    update = f"update{type_}(id: $id, input: $input) {{ errors {{ field message }} }}"
    query = f"mutation($id: ID!, $input: Update{type_}Input!) {{ {update} }}"
    payload = (await client.data(query, id=id, input=dict.fromkeys(fields)))[f"update{type_}"]
    required = LISTING_FIELDS if type_ == "Property" else OWNER_FIELDS
    assert payload["errors"] == [{"field": field, "message": "must not be null"} for field in required]


async def test_an_absent_variable_for_a_field_that_must_have_a_value_changes_nothing(
    client: Client, listings: list[Property]
) -> None:
    update = f'updateProperty(id: "{listings[0].id}", input: {{city: $city}}) {{ property {{ city }} }}'
    data = await client.data(f"mutation($city: String) {{ {update} }}")
    assert data["updateProperty"]["property"]["city"] == listings[0].city


async def test_an_update_that_changes_nothing_writes_nothing(
    client: Client, listings: list[Property], query_log: QueryLog
) -> None:
    payload = (await client.data(UPDATE, id=listings[0].id, input={"price": 100_000}))["updateProperty"]
    assert payload["property"]["version"] == 1
    assert query_log == ["lock_properties_by_id", "price_changes_by_property_id"]


async def test_an_expected_version_turns_a_lost_update_into_a_conflict(
    client: Client, listings: list[Property]
) -> None:
    first = (await client.data(UPDATE, id=listings[0].id, input={"price": 1}, version=1))["updateProperty"]
    second = (await client.data(UPDATE, id=listings[0].id, input={"price": 2}, version=1))["updateProperty"]
    assert first["property"]["version"] == 2
    assert second["property"] is None
    assert second["errors"] == [
        {
            "code": "CONFLICT",
            "field": "expectedVersion",
            "message": "the listing is at version 2, not 1: read it again",
        }
    ]


async def test_updating_or_deleting_what_is_not_there_is_not_found(client: Client) -> None:
    id = "property_01jx0000000000000000000000"
    payload = (await client.data(UPDATE, id=id, input={"price": 1}))["updateProperty"]
    assert [error["code"] for error in payload["errors"]] == ["NOT_FOUND"]
    data = await client.data("mutation($id: ID!) { deleteProperty(id: $id) { deletedId errors { code } } }", id=id)
    assert data["deleteProperty"] == {"deletedId": None, "errors": [{"code": "NOT_FOUND"}]}


async def test_deleting_a_listing_deletes_its_history(client: Client, store: Store, listings: list[Property]) -> None:
    await store.update(PROPERTIES, listings[0].id, {"price": 1})
    data = await client.data(
        "mutation($id: ID!) { deleteProperty(id: $id) { deletedId errors { code } } }", id=listings[0].id
    )
    assert data["deleteProperty"] == {"deletedId": listings[0].id, "errors": []}
    assert await store.read(PROPERTIES_BY_ID, [listings[0].id]) == {}


async def test_owners_are_created_and_updated(client: Client) -> None:
    fields = "owner { id name email phone reference } errors { code field message }"
    created = (
        await client.data(
            f'mutation {{ createOwner(input: {{name: " Ada ", email: "ada@example.org"}}) {{ {fields} }} }}'
        )
    )["createOwner"]
    assert created["errors"] == []
    assert created["owner"]["name"] == "Ada"
    update = f"mutation($id: ID!, $input: UpdateOwnerInput!) {{ updateOwner(id: $id, input: $input) {{ {fields} }} }}"
    updated = (await client.data(update, id=created["owner"]["id"], input={"phone": "+351 1", "reference": "R"}))[
        "updateOwner"
    ]
    assert updated["owner"] == {**created["owner"], "phone": "+351 1", "reference": "R"}
    refused = (await client.data(update, id=created["owner"]["id"], input={"email": "nobody"}))["updateOwner"]
    assert refused["errors"] == [{"code": "VALIDATION", "field": "email", "message": "must be an e-mail address"}]
    again = (
        await client.data(
            f'mutation {{ createOwner(input: {{name: "B", email: "b@c.d", reference: "R"}}) {{ {fields} }} }}'
        )
    )["createOwner"]
    assert again["errors"] == [{"code": "CONFLICT", "field": "reference", "message": "this reference is taken"}]


async def test_a_request_reads_its_own_writes(client: Client, listings: list[Property]) -> None:
    data = await client.data(
        """mutation($id: ID!) {
          before: updateProperty(id: $id, input: {price: 1}) { property { owner { propertyCount } } }
          deleteProperty(id: $id) { deletedId }
          after: createOwner(input: {name: "x", email: "x@y.z"}) { owner { propertyCount } }
        }""",
        id=listings[0].id,
    )
    assert data["before"]["property"]["owner"]["propertyCount"] == 5
    assert data["after"]["owner"]["propertyCount"] == 0
