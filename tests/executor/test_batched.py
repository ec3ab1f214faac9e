"""Batched resolvers: how they are called, and how their results are completed."""

from __future__ import annotations

from typing import Any, assert_type

import graphql
import pytest
import strawberry
from graphql import parse
from strawberry.dataloader import DataLoader

import executor
from executor import batched
from executor._schema.batched import BatchedField
from tests.executor.parity import Target
from tests.executor.world import World
from tests.executor.world_schema import build_world_schema

WORLD = build_world_schema()._schema
calls: list[tuple[list[int], str | None]] = []


@strawberry.type
class Item:
    number: int

    @batched(graphql_type=int | None)
    async def double(parents: list[Item], info: strawberry.Info, plus: int = 0) -> list[int]:
        calls.append(([parent.number for parent in parents], info.field_name))
        return [2 * parent.number + plus for parent in parents]

    @batched
    def halved(parents: list[Item]) -> list[int | ValueError | None]:
        """The schema's type is Int, for what is not an exception."""
        return [ValueError("odd") if parent.number % 2 else parent.number // 2 for parent in parents]

    @batched(graphql_type=int | None)
    def short(parents: list[Item]) -> list[int]:
        return [1] * (len(parents) + 1)

    @batched(graphql_type=int | None)
    def broken(parents: list[Item]) -> list[int]:
        raise ValueError("broken")

    @batched
    def asked(parents: list[Item], info: strawberry.Info, words: list[str] | None = None) -> list[str]:
        """Everything that an info tells, which is that of the first parent."""
        raw = info._raw_info
        told = [info.field_name, info.python_name, info.path.as_list(), info.variable_values, info.context]
        told += [info.schema is SCHEMA, info.root_value, info.operation.name, raw.parent_type, raw.return_type]
        told += [info.selected_fields, list(raw.fragments), raw.is_awaitable(raw), str(info.return_type)]
        return [repr(told)] * len(parents)

    @batched(graphql_type="Item")
    async def next(parents: list[Item], info: strawberry.Info) -> list[Item]:
        return await info.context.load_many([parent.number + 1 for parent in parents])  # type: ignore[no-any-return]


@strawberry.type
class Query:
    @strawberry.field
    def items(self, count: int = 3) -> list[Item]:
        return [Item(number=number) for number in range(count)]

    @strawberry.field
    def same(self) -> list[Item]:
        return [Item(number=7)] * 4


SCHEMA = strawberry.Schema(Query)


async def run(query: str, context: Any = None) -> graphql.ExecutionResult:
    return await Target(SCHEMA._schema, lambda: context).run(executor.execute, parse(query))


@pytest.fixture(autouse=True)
def forget_calls() -> None:
    calls.clear()


async def test_a_level_is_one_call_with_all_parents() -> None:
    result = await run("{ items { double } }")
    assert result.data == {"items": [{"double": 0}, {"double": 2}, {"double": 4}]}
    assert calls == [([0, 1, 2], "double")]


async def test_an_alias_with_other_arguments_is_a_call_of_its_own() -> None:
    result = await run("{ items { double more: double(plus: 1) } }")
    assert result.data is not None
    assert result.data["items"][1] == {"double": 2, "more": 3}
    assert len(calls) == 2


async def test_an_object_that_appears_many_times_is_given_once() -> None:
    result = await run("{ same { number double } }")
    assert result.data == {"same": [{"number": 7, "double": 14}] * 4}
    assert calls == [([7], "double")]


async def test_the_error_of_a_shared_object_is_reported_at_every_path() -> None:
    result = await run("{ same { halved } }")
    assert [error.path for error in result.errors or ()] == [["same", place, "halved"] for place in range(4)]


async def test_without_parents_there_is_no_call() -> None:
    assert (await run("{ items(count: 0) { double } }")).data == {"items": []}
    assert calls == []


async def test_a_branch_that_is_skipped_is_no_call() -> None:
    await run("{ items { number double @skip(if: true) } }")
    assert calls == []


async def test_an_exception_is_the_error_of_its_parent_alone() -> None:
    result = await run("{ items { halved } }")
    assert result.data == {"items": [{"halved": 0}, {"halved": None}, {"halved": 1}]}
    assert [(error.message, error.path) for error in result.errors or ()] == [("odd", ["items", 1, "halved"])]


@pytest.mark.parametrize(
    ("field", "message"),
    [
        ("broken", "broken"),
        ("short", "A batched resolver must return a list of one value for each of 3 parents, not 4 values."),
    ],
)
async def test_a_failed_batch_is_the_error_of_every_parent(field: str, message: str) -> None:
    result = await run(f"{{ items {{ {field} }} }}")
    assert result.data == {"items": [{field: None}] * 3}
    assert {error.message for error in result.errors or ()} == {message}
    assert [error.path for error in result.errors or ()] == [["items", place, field] for place in range(3)]


async def test_on_graphql_core_the_field_is_called_for_each_object_and_loaders_still_batch() -> None:
    batches: list[list[int]] = []

    async def load(numbers: list[int]) -> list[Item]:
        batches.append(numbers)
        return [Item(number=number) for number in numbers]

    target = Target(SCHEMA._schema, lambda: DataLoader(load))
    document = parse("{ items { next { number double } } }")
    theirs = await target.run(graphql.execute, document)
    assert batches == [[1, 2, 3]]
    assert calls == [([1], "double"), ([2], "double"), ([3], "double")]
    ours = await target.run(executor.execute, document)
    assert ours.data == theirs.data
    assert batches == [[1, 2, 3], [1, 2, 3]]
    assert calls[3:] == [([1, 2, 3], "double")]


async def test_the_info_of_a_batch_tells_what_graphql_core_does() -> None:
    query = "query Q($w: [String!] = []) { items(count: 1) { a: asked(words: $w) ...F } } fragment F on Item { number }"
    result = await Target(SCHEMA._schema, lambda: "context").compare(query, {"w": ["x"]})
    assert result.data is not None
    assert "['items', 0, 'a'], {'w': ['x']}, 'context', True" in result.data["items"][0]["a"]


async def test_permissions_decide_for_each_object() -> None:
    target = Target(WORLD, World)
    result = await target.compare("{ houses { id code } }")
    assert [error.message for error in result.errors or ()] == ["Not for you."]
    assert [error.path for error in result.errors or ()] == [["houses", 1, "code"]]


def test_the_schema_describes_it_like_any_field() -> None:
    sdl = graphql.print_schema(WORLD)
    assert '"""Who rents it."""\n  tenant: Person @deprecated(reason: "nobody")' in sdl
    assert '"""How many."""\n    atMost: Int! = 2' in sdl
    assert "distances: [Int!]!" in sdl


def test_a_resolver_that_is_not_batched_is_a_type_error() -> None:
    def one_parent(parent: Item) -> list[int]:
        return [parent.number]

    def no_list(parents: list[Item]) -> int:
        return len(parents)

    def fitting(parents: list[Item], info: strawberry.Info, plus: int = 0) -> list[int | Exception]:
        return [plus for _ in parents]

    batched(one_parent)  # type: ignore[arg-type]
    batched(graphql_type=int)(no_list)  # type: ignore[arg-type]
    assert_type(batched(fitting), BatchedField)
    assert_type(batched(graphql_type=int)(fitting), BatchedField)


async def test_levels_below_are_batched_across_branches_of_a_list() -> None:
    world = World(waits=False)
    await Target(WORLD, lambda: world).run(
        executor.execute, parse("{ houses { owner { landmark { tenant { id } } } } }")
    )
    assert world.batches[0] == "owner(4)"
    assert len(world.batches) == 3
