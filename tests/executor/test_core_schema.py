"""Schemas of graphql-core alone, with what Strawberry has no way to say."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from typing import Any

import pytest
from graphql import (
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLScalarType,
    GraphQLUnionType,
    build_schema,
)

from tests.executor.parity import Target

SCHEMA = build_schema("""
  scalar Time
  enum Colour { RED GREEN }
  interface Named { name: String }
  type Cat implements Named { name: String lives: Int! }
  type Dog implements Named { name: String }
  union Pet = Cat | Dog
  input Point { x: Int! y: Int = 2 }
  type Query {
    text: String number: Int real: Float truth: Boolean id: ID must: String! colour: Colour time: Time
    texts: [String] musts: [String!]! matrix: [[Int]!] colours: [Colour!] reals: [Float]
    method(by: Int = 1, point: Point): String
    pet: Pet named: Named pets: [Pet] names: [Named!] self: Query me: [Query]
  }
""")


def type_of(value: Any, *_: Any) -> Any:
    return value.get("type") if isinstance(value, dict) else None


def prepare() -> None:
    for name in ("Pet", "Named"):
        abstract = SCHEMA.type_map[name]
        assert isinstance(abstract, GraphQLInterfaceType | GraphQLUnionType)
        abstract.resolve_type = type_of
    cat = SCHEMA.type_map["Cat"]
    assert isinstance(cat, GraphQLObjectType)
    cat.is_type_of = lambda value, info: value.get("lives") != 0
    time = SCHEMA.type_map["Time"]
    assert isinstance(time, GraphQLScalarType)
    time.coerce_output_value = lambda value: value.isoformat()


prepare()


async def later(value: Any, turns: int = 0) -> Any:
    for _ in range(turns):
        await asyncio.sleep(0)
    if isinstance(value, Exception):
        raise value
    return value


async def one_by_one(*values: Any) -> AsyncIterator[Any]:
    for value in values:
        yield await later(value)


def generated(*values: Any) -> Iterator[Any]:
    for value in values:
        if isinstance(value, Exception):
            raise value
        yield value


class Root:
    """Reads attributes; a method is called with its arguments."""

    text = "attribute"

    def method(self, info: GraphQLResolveInfo[Any], by: int, point: dict[str, int] | None = None) -> str:
        return f"{info.path.as_list()} {by} {point}"

    @property
    def number(self) -> int:
        raise StopIteration


FAILURE = ValueError("failed")
PETS = [{"type": "Cat", "name": "Tom", "lives": 9}, {"type": "Dog", "name": "Rex"}]

SCALARS: list[Any] = [
    None,
    "x",
    "",
    0,
    1,
    -1,
    2**31,
    -(2**31) - 1,
    1.0,
    1.5,
    float("nan"),
    float("inf"),
    1e400,
    True,
    False,
    [],
    ["a"],
    {},
    b"x",
    "RED",
    "12",
    object,
    FAILURE,
    datetime(2020, 1, 1),
    10**400,
]

CASES: list[tuple[str, Any]] = [
    ("{ text number method }", Root),
    ("{ method a: method(by: 3) b: method(point: {x: 1}) c: method(point: {x: 1, y: null}) }", Root),
    ("{ self { text number } me { text } }", lambda: {"self": Root(), "me": [Root(), {"text": "item"}]}),
    *[
        (f"{{ {field} must }}", lambda field=field, value=value: {field: value, "must": "m"})
        for field in ("text", "number", "real", "truth", "id", "colour", "must", "time")
        for value in SCALARS
    ],
    *[
        (f"{{ {field} text }}", lambda field=field, value=value: {field: value() if callable(value) else value})
        for field in ("texts", "musts", "matrix", "colours", "reals")
        for value in (
            None,
            [],
            ["a", None],
            ("a", "b"),
            [1, 2],
            [1.5, None, float("inf")],
            "text",
            {"a": 1},
            {"a"},
            5,
            ["RED", "GREEN"],
            ["RED", "BLUE"],
            [["1"], [2, None]],
            [[1], None],
            [[1], "x"],
            [FAILURE, "a"],
            lambda: generated("a", "b"),
            lambda: [later("a"), "b", later("c", 2)],
            lambda: [later(FAILURE), "b", later(None)],
            lambda: one_by_one("a", "b"),
            lambda: one_by_one("a", None),
            lambda: later(["a", "b"]),
            lambda: later([later("a"), later(FAILURE, 2)]),
            lambda: one_by_one(),
            lambda: [[later(1)], [2]],
        )
    ],
    *[
        (
            f"{{ {field} {{ __typename ... on Named {{ name }} ... on Cat {{ lives }} }} text }}",
            lambda field=field, value=value: {field: value() if callable(value) else value},
        )
        for field in ("pet", "named", "pets", "names")
        for value in (
            None,
            PETS[0],
            PETS[1],
            PETS,
            [*PETS, None],
            [{"type": "Cat", "lives": 0}],
            {"type": "Bird"},
            5,
            [{"type": "Query"}],
            [{"type": 7}],
            {"type": "Colour"},
            [FAILURE],
            {"type": "Cat", "name": FAILURE},
            lambda: later(PETS[0]),
            lambda: [later(PETS[0]), later(PETS[1], 1)],
            lambda: {"type": later("Dog")},
            lambda: [{"type": later("Cat"), "lives": 1}, {"type": later(FAILURE)}, {"type": "Dog", "name": "x"}],
        )
    ],
    ("{ must self { must } }", lambda: {"must": "a", "self": {}}),
    ("{ self { self { self { must text } text } text } text }", lambda: {"self": {"self": {"self": {"text": "x"}}}}),
    ("{ me { must text } }", lambda: {"me": [{"must": "a"}, {"must": None}, {"must": later("b"), "text": later("c")}]}),
    ("{ me { self { must } text } }", lambda: {"me": [{"self": later({"must": later(FAILURE, 1)})}, {"self": {}}]}),
]

pytestmark = [
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.usefixtures("forgotten_coroutines"),
]


@pytest.mark.parametrize(("query", "root"), CASES)
async def test_a_plain_schema_gets_the_same_answer(query: str, root: Any) -> None:
    await Target(SCHEMA, lambda: None, root).compare(query)


async def test_nesting_beyond_reason_is_an_error_of_a_field() -> None:
    links = " ".join(f"fragment F{number} on Query {{ self {{ ...F{number + 1} }} }}" for number in range(400))
    root: dict[str, Any] = {}
    root["self"] = root
    from graphql import parse

    import executor

    document = parse(f"{{ ...F0 }} {links} fragment F400 on Query {{ text }}")
    result = await Target(SCHEMA, lambda: None, lambda: root).run(executor.execute, document)
    assert [error.message for error in result.errors or ()] == ["Selections are nested too deeply."]
