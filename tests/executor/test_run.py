"""What a run starts, and that it leaves nothing behind."""

from __future__ import annotations

import asyncio
import gc
from typing import Any

import pytest
from graphql import (
    ExecutionResult,
    GraphQLField,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    GraphQLString,
    build_schema,
    parse,
)

from executor import execute
from executor._documents.document import Document
from executor._execute import perform
from executor._request import Request
from tests.executor.world import World
from tests.executor.world_schema import build_world_schema

Events = list[str]


class Sleeper:
    """Fields that wait for ever, and note when they begin and how they end."""

    def __init__(self) -> None:
        self.events: Events = []

    async def sleep(self, info: Any) -> None:
        self.events.append("begun")
        try:
            await asyncio.Event().wait()
        finally:
            self.events.append("ended")

    async def fail(self, info: Any) -> None:
        await asyncio.sleep(0)
        raise ValueError("failed")

    def items(self, info: Any) -> list[Any]:
        return [self.sleep(info), self.sleep(info), self.fail(info)]


SLEEPY = build_schema("type Query { sleep: Int fail: Int! items: [Int!] inner: Query soon: Int }")


def others() -> set[asyncio.Task[Any]]:
    return asyncio.all_tasks() - {asyncio.current_task()}


async def run(query: str, root: Any = None, schema: GraphQLSchema = SLEEPY) -> ExecutionResult:
    result = execute(schema, parse(query), root)
    return result if isinstance(result, ExecutionResult) else await result


@pytest.mark.parametrize("query", ["{ sleep }", "{ sleep a: sleep }", "{ items sleep }", "{ sleep soon }"])
async def test_canceling_a_request_cancels_its_work(query: str) -> None:
    sleeper = Sleeper()
    task = asyncio.ensure_future(
        run(
            query.replace("items", "inner { sleep a: sleep } items"),
            {
                "sleep": sleeper.sleep,
                "soon": 1,
                "inner": {"sleep": sleeper.sleep},
                "items": lambda info: [sleeper.sleep(info)],
            },
        )
    )
    for _ in range(5):
        await asyncio.sleep(0)
    assert sleeper.events.count("begun") >= 1
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert sleeper.events.count("begun") == sleeper.events.count("ended")
    assert others() == set()


async def test_canceling_a_request_that_has_not_begun_warns_of_nothing() -> None:
    sleeper = Sleeper()
    task = asyncio.ensure_future(run("{ sleep a: sleep }", sleeper))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert others() == set()


async def test_a_failing_root_field_ends_the_others() -> None:
    sleeper = Sleeper()
    result = await asyncio.wait_for(run("{ sleep fail }", sleeper), 1)
    assert result.data is None
    assert [error.message for error in result.errors or ()] == ["failed"]
    assert sleeper.events == ["begun", "ended"]
    assert others() == set()


async def test_a_root_field_that_fails_at_once_begins_nothing() -> None:
    sleeper = Sleeper()
    result = execute(SLEEPY, parse("{ sleep fail }"), {"sleep": sleeper.sleep, "fail": None})
    assert isinstance(result, ExecutionResult)
    assert result.data is None
    assert sleeper.events == []


async def test_a_failing_item_ends_its_list() -> None:
    sleeper = Sleeper()
    result = await asyncio.wait_for(run("{ items soon }", sleeper), 1)
    assert result.data == {"items": None, "soon": None}
    assert [error.path for error in result.errors or ()] == [["items", 2]]
    assert others() == set()


async def test_a_failing_field_ends_only_its_object() -> None:
    sleeper = Sleeper()

    async def later(info: Any) -> int:
        for _ in range(20):
            await asyncio.sleep(0)
        return 1

    root = {"inner": {"sleep": sleeper.sleep, "fail": sleeper.fail}, "soon": later}
    result = await asyncio.wait_for(run("{ inner { sleep fail } soon }", root), 1)
    assert result.data == {"inner": None, "soon": 1}
    assert sleeper.events == ["begun", "ended"]


@pytest.mark.parametrize("waits", [True, False])
async def test_a_planned_run_leaves_nothing_to_the_garbage_collector(waits: bool) -> None:
    document = Document(build_world_schema()._schema, parse("{ all { id owner { title houses { near { count } } } } }"))
    world = World(waits=waits)

    async def answer() -> None:
        request = document.request(None, world, None, None)
        assert isinstance(request, Request)
        plan = document.plan(request)
        assert plan is not None
        result = perform(request, plan)
        assert (result if isinstance(result, ExecutionResult) else await result).errors is None

    await answer()
    gc.collect()
    gc.disable()
    try:
        await answer()
        assert gc.collect() == 0
    finally:
        gc.enable()


async def test_root_fields_wait_together() -> None:
    both = asyncio.Barrier(2)

    async def meet(info: Any) -> int:
        await both.wait()
        return 1

    assert (await asyncio.wait_for(run("{ sleep soon }", {"sleep": meet, "soon": meet}), 1)).data == {
        "sleep": 1,
        "soon": 1,
    }


def test_without_awaitables_the_result_comes_at_once() -> None:
    assert execute(SLEEPY, parse("{ soon inner { soon } }"), {"soon": 1, "inner": {}}) == (
        {"soon": 1, "inner": {"soon": None}},
        None,
    )


def test_invalid_variables_are_errors_of_the_request() -> None:
    schema = build_schema("type Query { echo(number: Int!): Int }")
    result = execute(schema, parse("query ($n: Int!) { echo(number: $n) }"), variable_values={"n": "x"})
    assert isinstance(result, ExecutionResult)
    assert result.data is None
    assert result.errors


def test_an_ordinary_resolver_gets_the_info_of_its_own_field() -> None:
    infos: list[GraphQLResolveInfo[Any]] = []

    def note(source: Any, info: GraphQLResolveInfo[Any]) -> int:
        infos.append(info)
        return 1

    item = GraphQLObjectType(
        "Item", {"one": GraphQLField(GraphQLInt, resolve=note), "name": GraphQLField(GraphQLString)}
    )
    query = GraphQLObjectType("Query", {"rows": GraphQLField(GraphQLList(GraphQLList(GraphQLNonNull(item))))})
    schema = GraphQLSchema(query)
    document = parse("query Q($v: Int = 3) { rows { ...F } } fragment F on Item { uno: one one }")
    root: dict[str, Any] = {"rows": [[{}], None, [{}, {}]]}
    execute(schema, document, root, "context", operation_name="Q")
    assert [info.path.as_list() for info in infos if info.path.key == "uno"] == [
        ["rows", 0, 0, "uno"],
        ["rows", 2, 0, "uno"],
        ["rows", 2, 1, "uno"],
    ]
    info = infos[0]
    assert (info.field_name, info.return_type, info.parent_type) == ("one", GraphQLInt, item)
    assert [node.alias.value for node in info.field_nodes if node.alias] == ["uno"]
    assert (info.schema, info.root_value, info.context) == (schema, root, "context")
    assert list(info.fragments) == ["F"]
    assert info.operation is document.definitions[0]
    assert info.variable_values.coerced == {"v": 3}
    assert info.path.typename == "Item"
    assert info.is_awaitable(asyncio.sleep) is False
