"""Every wrong value that a client can send is told in the words of the schema, with a code and a place."""

import json
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLInputField,
    GraphQLInputObjectType,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_list_type,
)

from server.graphql.error_messages import MOST
from tests.graphql import SCHEMA
from tests.server.clients import bearer, running

PYTHON = re.compile(
    r"Maybe|strawberry|graphql|wrapped_cls|<|object at|\bNone|\bTrue\b|\bFalse\b|Traceback|Error\b|Exception|"
    r"asyncio|builtins|pydantic|msgspec|orjson|sys\.|set_int_max|\bint\b|\bstr\b|\bdict\b|\bfloat\b|\bbool\b|__\w+__",
)
TOO_LARGE = "A number in the request is too large: JSON numbers are read as doubles."
HUGE = "9" * 5000
LITERALS = ["null", '"x"', '""', "1", "-1", "1.5", "1e400", "9007199254740992", HUGE, "true", "NOTHING", "[]", "[[1]]"]
LITERALS += ["[null]", "{}", "{nothing: 1}", f'"{"x" * 3000}"', '"""None"""', '"\\u0000"']
VALUES: list[Any] = [None, "x", "", 1, -1, 1.5, 1e300, 2**53, 10**40, True, "NOTHING", [], [[1]], [None], {}]
VALUES += [{"nothing": 1}, {"a": None, "b": True}, "x" * 3000, [None] * 50, "\x00"]

Owner = GraphQLArgument | GraphQLInputField
Place = tuple[str, str, tuple[str, ...]]
"""The kind of operation, the root field, and the path of an argument or of an input field within one."""


def places() -> Iterator[Place]:
    schema = SCHEMA._schema
    for kind, root in (("query", schema.query_type), ("mutation", schema.mutation_type)):
        assert root is not None
        for name, field in root.fields.items():
            for argument, definition in field.args.items():
                for path in below(definition, (argument,)):
                    yield kind, name, path


def below(definition: Owner, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    yield path
    named = get_named_type(definition.type)
    if isinstance(named, GraphQLInputObjectType):
        for name, field in named.fields.items():
            yield from below(field, (*path, name))


PLACES = list(places())


def root_field(place: Place) -> Any:
    kind, name, _ = place
    root = SCHEMA._schema.query_type if kind == "query" else SCHEMA._schema.mutation_type
    assert root is not None
    return root.fields[name]


def valid(definition: Owner) -> Any:
    """A value of the argument's or field's type, with what is required."""
    named = get_named_type(definition.type)
    value: Any = {"Int": 1, "Float": 1.0, "Boolean": True, "Price": 1}.get(named.name, "x")
    if isinstance(named, GraphQLInputObjectType):
        value = {name: valid(field) for name, field in named.fields.items() if str(field.type).endswith("!")}
    elif isinstance(named, GraphQLEnumType):
        value = next(iter(named.values))
    return [value] if is_list_type(get_nullable_type(definition.type)) else value


def with_value(definition: Owner, path: tuple[str, ...], value: Any) -> Any:
    """A valid value, but for this one at the path within it."""
    if not path:
        return value
    filled = valid(definition)
    inner = filled[0] if isinstance(filled, list) else filled
    named = get_named_type(definition.type)
    assert isinstance(named, GraphQLInputObjectType)
    inner[path[0]] = with_value(named.fields[path[0]], path[1:], value)
    return filled


class Literal(str):
    """A text that stands for itself in a document."""


def written(value: Any, named: Any = None) -> str:
    if isinstance(value, Literal):
        return str(value)
    if isinstance(value, dict):
        fields = getattr(named, "fields", {})
        inner = (f"{name}: {written(each, get_named_type(fields[name].type))}" for name, each in value.items())
        return f"{{{', '.join(inner)}}}"
    if isinstance(value, list):
        return f"[{', '.join(written(each, named) for each in value)}]"
    return str(value) if isinstance(named, GraphQLEnumType) else json.dumps(value)


def operation(place: Place, given: dict[str, str], head: str = "") -> str:
    kind, name, _ = place
    field = root_field(place)
    arguments = {
        key: written(valid(each), get_named_type(each.type))
        for key, each in field.args.items()
        if key in given or (str(each.type).endswith("!") and each.default_value is None)
    }
    arguments |= given
    listed = ", ".join(f"{key}: {value}" for key, value in arguments.items())
    selection = " { __typename }" if is_composite_type(get_named_type(field.type)) else ""
    return f"{kind}{head} {{ {name}({listed}) {selection} }}"


def by_literal(place: Place, literal: str) -> dict[str, Any]:
    argument, *path = place[2]
    definition = root_field(place).args[argument]
    value = with_value(definition, tuple(path), Literal(literal))
    return {"query": operation(place, {argument: written(value, get_named_type(definition.type))})}


def by_variable(place: Place, value: Any) -> dict[str, Any]:
    argument, *path = place[2]
    definition = root_field(place).args[argument]
    query = operation(place, {argument: "$v"}, f"($v: {definition.type})")
    return {"query": query, "variables": {"v": with_value(definition, tuple(path), value)}}


def check(response: httpx.Response, asked: Any) -> list[dict[str, Any]]:
    """The errors, each of which a client can understand."""
    assert response.status_code in (200, 400), (asked, response.text)
    body = response.json()
    errors: list[dict[str, Any]] = body.get("errors", [])
    for error in errors:
        assert not PYTHON.search(unquoted(error["message"])), (asked, error)
        assert len(error["message"]) <= MOST
        assert error["extensions"]["code"] in ("BAD_USER_INPUT", "GRAPHQL_VALIDATION_FAILED"), (asked, error)
        assert error.get("locations"), (asked, error)
    for payload in (body.get("data") or {}).values():
        for problem in payload.get("errors", []) if isinstance(payload, dict) else []:
            assert not PYTHON.search(problem["message"]), (asked, problem)
    return errors


def unquoted(message: str) -> str:
    """Without what the client sent or the schema names."""
    return re.sub(r"'[^']*'|\"[^\"]*\"", "''", message)


@pytest.mark.parametrize("way", ["literal", "variable"])
@pytest.mark.parametrize("root", sorted({(kind, name) for kind, name, _ in PLACES}), ids=lambda root: root[1])
async def test_a_wrong_value_is_told_in_the_words_of_the_schema(
    sqlite_url: str, root: tuple[str, str], way: str
) -> None:
    async with running(sqlite_url, token_rate_limit=100_000_000) as client:
        for place in (place for place in PLACES if place[:2] == root):
            told = 0
            for value in LITERALS if way == "literal" else VALUES:
                asked = by_literal(place, value) if way == "literal" else by_variable(place, value)
                response = await client.post("/graphql", json=asked, headers=bearer("root"))
                told += len(check(response, asked))
            assert told > 0, place


@pytest.mark.parametrize(
    ("query", "places"),
    [
        ('{ properties(filter: {price: {min: "1000"}}) { totalCount } }', {"filter.price.min": 36}),
        ("{ properties(filter: {price: {min: [1]}}) { totalCount } }", {"filter.price.min": 36}),
        ("{ properties(filter: {price: {min: {a: 1}}}) { totalCount } }", {"filter.price.min": 36}),
        ("{ properties(filter: {price: {min: 1e400}}) { totalCount } }", {"filter.price.min": 36}),
        ("{ properties(filter: {price: {min: 9007199254740993}}) { totalCount } }", {"filter.price.min": 36}),
        ("{ properties(filter: {price: {min: " + HUGE + "}}) { totalCount } }", {"filter.price.min": 36}),
        (
            '{ properties(filter: {price: {min: "1", max: [2]}}, first: "3") { totalCount } }',
            {"filter.price.min": 36, "filter.price.max": 46, "first": 60},
        ),
        ('query($p: Price = "x") { properties(filter: {price: {min: $p}}) { totalCount } }', {"$p": 19}),
        ('query($t: DateTime = "2026-01-01") { currency }', {"$t": 22}),
    ],
)
async def test_each_wrong_literal_has_its_place_and_names_its_argument_and_scalar(
    sqlite_url: str, query: str, places: dict[str, int]
) -> None:
    async with running(sqlite_url) as client:
        response = await client.post("/graphql", json={"query": query})
    errors = [error for error in response.json()["errors"] if "argument" in error["extensions"]]
    assert {error["extensions"]["argument"]: error["locations"] for error in errors} == {
        argument: [{"line": 1, "column": column}] for argument, column in places.items()
    }
    for error in errors:
        argument = error["extensions"]["argument"]
        assert error["message"].startswith(f"{argument}: ")
        assert re.search({"first": "Int", "$t": "DateTime"}.get(argument, "Price"), error["message"])


@pytest.mark.parametrize("number", ["1e999", "-1e999", "1e99999", "1.5E+400", "9" * 400, "-" + "9" * 400])
@pytest.mark.parametrize(
    ("query", "argument"),
    [
        ("{ properties(filter: {minBathrooms: NUMBER}) { totalCount } }", "filter.minBathrooms"),
        ("query($b: Float = NUMBER) { properties(filter: {minBathrooms: $b}) { totalCount } }", "$b"),
        (
            "query($f: PropertyFilter = {minBathrooms: NUMBER}) { properties(filter: $f) { totalCount } }",
            "$f.minBathrooms",
        ),
        (
            'mutation { createProperties(inputs: [{address: "a", city: "b", price: 1, ownerId: "c", area: NUMBER}])'
            " { errors { message } } }",
            "inputs.0.area",
        ),
    ],
)
async def test_a_literal_beyond_the_range_of_float_is_an_error_with_its_place(
    sqlite_url: str, query: str, argument: str, number: str
) -> None:
    async with running(sqlite_url) as client:
        asked = {"query": query.replace("NUMBER", number)}
        response = await client.post("/graphql", json=asked, headers=bearer("root"))
    [error] = response.json()["errors"]
    assert error == {
        "message": f"{argument}: Float must be a finite number.",
        "locations": [{"line": 1, "column": query.index("NUMBER") + 1}],
        "extensions": {"code": "GRAPHQL_VALIDATION_FAILED", "argument": argument},
    }


async def test_the_greatest_float_and_a_long_id_of_digits_are_valid_literals(sqlite_url: str) -> None:
    query = "{ properties(filter: {area: {min: 1.7976931348623157e308}}) { totalCount } }"
    async with running(sqlite_url) as client:
        answer = (await client.post("/graphql", json={"query": query}, headers=bearer("root"))).json()
        assert answer == {"data": {"properties": {"totalCount": 0}}}
        asked = {"query": f"{{ node(id: {'9' * 400}) {{ id }} }}"}
        assert "Float" not in (await client.post("/graphql", json=asked, headers=bearer("root"))).text


@pytest.mark.parametrize("value", ["1000", [1], {"a": 1}, 1.5, 2**53 + 1, 1e300, True])
async def test_a_wrong_price_in_a_variable_names_the_path_of_its_value(sqlite_url: str, value: Any) -> None:
    query = "query($filter: PropertyFilter) { properties(filter: $filter) { totalCount } }"
    async with running(sqlite_url) as client:
        variables = {"filter": {"price": {"min": 1, "max": value}}}
        response = await client.post("/graphql", json={"query": query, "variables": variables})
    [error] = response.json()["errors"]
    assert error["message"].startswith("Variable '$filter' has invalid value at .price.max: Price must be")
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert error["locations"] == [{"line": 1, "column": 7}]


async def told(client: httpx.AsyncClient, query: str, variables: dict[str, Any]) -> str:
    """The message of the one error."""
    response = await client.post("/graphql", json={"query": query, "variables": variables})
    [error] = response.json()["errors"]
    message: str = error["message"]
    return message


FILTERED = "query($f: PropertyFilter) { properties(filter: $f) { totalCount } }"


@pytest.mark.parametrize(
    ("variables", "near", "far"),
    [
        ('{"f": {"NAME": 1}}', "cit", "zzz"),
        ('{"f": {"price": {"NAME": 1}}}', "mi", "zz"),
        ('{"f": {"status": "NAME"}}', "ACTIV", "ZZZZZ"),
    ],
)
async def test_without_suggestions_a_message_is_the_same_whether_or_not_a_similar_name_exists(
    sqlite_url: str, variables: str, near: str, far: str
) -> None:
    async with running(sqlite_url, suggestions=False) as client:
        one, other = [await told(client, FILTERED, json.loads(variables.replace("NAME", name))) for name in (near, far)]
    assert one.replace(near, far) == other


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ({"a": 1}, '{"a": 1}'),
        ({"a": [None, True, False]}, '{"a": [null, true, false]}'),
        ({"it's": 'say "it\'s"'}, '{"it\'s": "say \\"it\'s\\""}'),
        ({"it's": "\x07\U000e0001"}, '{"it\'s": "\\u0007\U000e0001"}'),
        ({"None": "True"}, '{"None": "True"}'),
        ({"é\x00\n": "\u2028"}, '{"é\\u0000\\n": "\u2028"}'),
    ],
)
async def test_a_value_of_a_variable_is_shown_as_json(sqlite_url: str, value: Any, shown: str) -> None:
    query = "query($n: Int) { properties(first: $n) { totalCount } }"
    async with running(sqlite_url) as client:
        message = await told(client, query, {"n": value})
    assert message == f"Variable '$n' has invalid value: Int cannot represent non-integer value: {shown}"


async def test_at_most_five_wrong_values_of_a_variable_are_listed(sqlite_url: str) -> None:
    query = "mutation($inputs: [CreatePropertyInput!]!) { createProperties(inputs: $inputs) { errors { message } } }"
    async with running(sqlite_url) as client:
        asked = {"query": query, "variables": {"inputs": [None] * 1000}}
        errors = (await client.post("/graphql", json=asked, headers=bearer("root"))).json()["errors"]
    assert [error["message"][:33] for error in errors[:5]] == ["Variable '$inputs' has invalid va"] * 5
    assert errors[5] == {
        "message": "More than 5 values are wrong; the others are not listed.",
        "locations": [{"line": 1, "column": 10}],
        "extensions": {"code": "BAD_USER_INPUT"},
    }
    assert len(errors) == 6


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"query": "fragment F on Query { currency }"}, "The document has no operation to execute."),
        ({"query": "type A { a: Int }"}, "The document has no operation to execute."),
        ({"query": "{ currency }", "variables": "{"}, "`variables` is not JSON."),
        ({"query": "{ currency }", "extensions": "x"}, "`extensions` is not JSON."),
        ({"query": "{ currency }", "variables": f'{{"n": {"9" * 400}}}'}, TOO_LARGE),
    ],
)
async def test_a_request_that_cannot_be_executed_says_what_is_wrong_with_it(
    sqlite_url: str, parameters: dict[str, str], message: str
) -> None:
    async with running(sqlite_url) as client:
        response = await client.get("/graphql", params=parameters)
    assert response.status_code == 400
    assert response.json() == {"errors": [{"message": message, "extensions": {"code": "BAD_REQUEST"}}]}


@pytest.mark.parametrize("number", ["9" * 400, "-" + "9" * 400, "1e999"])
async def test_a_body_with_a_number_beyond_a_double_says_so(sqlite_url: str, number: str) -> None:
    async with running(sqlite_url) as client:
        body = f'{{"query": "{{ currency }}", "variables": {{"n": [{number}]}}}}'
        response = await client.post("/graphql", content=body, headers={"content-type": "application/json"})
    assert response.status_code == 400
    assert response.json() == {"errors": [{"message": TOO_LARGE, "extensions": {"code": "BAD_REQUEST"}}]}
