"""The extension in a Strawberry schema: what it answers, keeps, and leaves to graphql-core."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
import strawberry
import strawberry.schema.schema
from graphql import ExecutionResult, NoSchemaIntrospectionCustomRule, parse
from strawberry.extensions import AddValidationRules, MaskErrors, SchemaExtension
from strawberry.schema.config import StrawberryConfig

from executor import LRU, BatchedExecutor, Fallback
from executor._documents.planner import plan_operation
from tests.executor.corpus import WITH_VARIABLES, Case
from tests.executor.world import World
from tests.executor.world_schema import CONFIG, House, Mutation, Person, Query, build_world_schema

HOUSES = "{ houses { id owner { id } } }"
ECHO = 'query ($s: Status, $t: String! = "é", $w: Window) { echo(status: $s, text: $t, window: $w) }'
MIXED = "query ($n: Int!, $w: [String!]) { house(number: $n) { label(words: $w, status: SOLD) owner { id } } }"
NESTED = "query ($n: Int) { houses(window: {first: 2, skip: $n}) { neighbours(window: {skip: $n}, atMost: 1) { id } } }"
OTHER_VARIABLES: list[Case] = [
    (ECHO, {}),
    (ECHO, {"s": "OPEN"}),
    (ECHO, {"t": "a", "s": None, "w": {}}),
    (ECHO, {"t": None}),
    (ECHO, {"t": 1}),
    (MIXED, {"n": 1}),
    (MIXED, {"n": 2, "w": []}),
    (MIXED, {"n": 3, "w": None}),
    (MIXED, {"n": 2**31}),
    (MIXED, {"w": 1}),
    (NESTED, {}),
    (NESTED, {"n": 1}),
    (NESTED, {"n": None}),
    (NESTED, {"n": "x"}),
]


async def run(schema: strawberry.Schema, query: str, **options: Any) -> Any:
    return await schema.execute(query, context_value=World(waits=False), **options)


async def test_the_extension_gives_the_same_answers_as_strawberry() -> None:
    extension = BatchedExecutor()
    schema, stock = build_world_schema(extensions=[extension]), build_world_schema()
    for query in [HOUSES, "mutation { burn(number: 3) }", "{ things { __typename } }", "{ houses { code } }"]:
        ours, theirs = await run(schema, query), await run(stock, query)
        assert ours.data == theirs.data
        assert ours.errors == theirs.errors
    assert extension.fallbacks == {}


async def test_a_level_is_one_batch() -> None:
    world = World(waits=False)
    await build_world_schema(extensions=[BatchedExecutor()]).execute(HOUSES, context_value=world)
    assert world.batches == ["owner(4)"]


async def test_a_document_is_parsed_and_validated_once(monkeypatch: pytest.MonkeyPatch) -> None:
    pipeline: Any = strawberry.schema.schema
    calls: list[str] = []

    def note(name: str) -> None:
        function = getattr(pipeline, name)

        def noted(*arguments: Any, **options: Any) -> Any:
            calls.append(name)
            return function(*arguments, **options)

        monkeypatch.setattr(pipeline, name, noted)

    note("parse")
    note("validate_document")
    schema = build_world_schema(extensions=[BatchedExecutor()])
    for _ in range(3):
        assert (await run(schema, HOUSES)).errors is None
    assert calls == ["parse", "validate_document"]


@pytest.mark.parametrize("query", ["{ houses {", "{ nothing }", "query A { required } query B { required }"])
async def test_an_invalid_document_gets_its_errors_every_time(query: str) -> None:
    extension = BatchedExecutor()
    schema, stock = build_world_schema(extensions=[extension]), build_world_schema()
    for _ in range(2):
        ours, theirs = await run(schema, query), await run(stock, query)
        assert (ours.data, ours.errors) == (theirs.data, theirs.errors)


async def test_an_invalid_document_is_not_kept() -> None:
    extension = BatchedExecutor()
    await run(build_world_schema(extensions=[extension]), "{ nothing }")
    assert len(extension.documents) == 0


async def test_a_document_is_validated_again_when_the_rules_change() -> None:
    extension = BatchedExecutor()
    rules: list[Any] = []
    schema = build_world_schema(extensions=[lambda: AddValidationRules(rules), extension])
    assert (await run(schema, "{ __schema { __typename } }")).errors is None
    rules.append(NoSchemaIntrospectionCustomRule)
    assert (await run(schema, "{ __schema { __typename } }")).errors


async def test_a_document_given_by_another_extension_is_not_kept_for_the_text() -> None:
    class Rewriting(SchemaExtension):
        rewrites = True

        def on_operation(self) -> Iterator[None]:
            if self.rewrites:
                self.execution_context.graphql_document = parse("{ mine: required }")
            yield

    extension = BatchedExecutor()
    schema = build_world_schema(extensions=[Rewriting, extension])
    assert (await run(schema, "{ required }")).data == {"mine": 1}
    assert len(extension.documents) == 0
    Rewriting.rewrites = False
    assert (await run(schema, "{ required }")).data == {"required": 1}
    Rewriting.rewrites = True
    assert (await run(schema, "{ required }")).data == {"mine": 1}


async def test_a_schema_that_wraps_resolvers_still_keeps_its_documents() -> None:
    class Wrapping(SchemaExtension):
        def resolve(self, _next: Any, root: Any, info: Any, *args: Any, **kwargs: Any) -> Any:
            return _next(root, info, *args, **kwargs)

    extension = BatchedExecutor()
    await run(build_world_schema(extensions=[extension, Wrapping]), HOUSES)
    assert len(extension.documents) == 1


async def test_the_documents_kept_are_bounded_in_number_and_length() -> None:
    extension = BatchedExecutor(documents=LRU(3, 100))
    schema = build_world_schema(extensions=[extension])
    for number in range(10):
        await run(schema, f"{{ a{number}: required }}")
    assert len(extension.documents) == 3
    for number in range(3):
        await run(schema, f"{{ {'b' * 30}{number}: required }}")
    assert len(extension.documents) == 2
    await run(schema, f"{{ {'c' * 200}: required }}")
    assert len(extension.documents) == 2


async def test_one_document_serves_every_outcome_of_its_conditions() -> None:
    schema = build_world_schema(extensions=[BatchedExecutor()])
    query = "query ($a: Boolean!) { house { id @skip(if: $a) title } }"
    keys = [list((await run(schema, query, variable_values={"a": a})).data["house"]) for a in (True, False, True)]
    assert keys == [["title"], ["id", "title"], ["title"]]


async def test_a_plan_in_use_is_kept_while_many_others_of_its_document_come_and_go(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    planned: list[Any] = []

    def noted(request: Any, root_type: Any) -> Any:
        planned.append(request.coerced)
        return plan_operation(request, root_type)

    monkeypatch.setattr("executor._documents.document.plan_operation", noted)
    schema = build_world_schema(extensions=[BatchedExecutor()])
    names = "abcdef"
    fields = " ".join(f"{name}: required @skip(if: ${name})" for name in names)
    query = f"query ({', '.join(f'${name}: Boolean!' for name in names)}) {{ always: required {fields} }}"
    in_use = dict.fromkeys(names, False)
    for outcome in product((False, True), repeat=len(names)):
        for variables in (dict(zip(names, outcome, strict=True)), in_use):
            assert (await run(schema, query, variable_values=variables)).errors is None
    assert planned.count(in_use) == 1
    assert len(planned) == 64


async def test_one_document_serves_every_operation_in_it() -> None:
    schema = build_world_schema(extensions=[BatchedExecutor()])
    query = "query A { house { id } } query B { required }"
    assert (await run(schema, query, operation_name="B")).data == {"required": 1}
    assert (await run(schema, query, operation_name="A")).data == {"house": {"id": "house-0"}}


@pytest.mark.parametrize("query", {query for query, _ in (*WITH_VARIABLES, *OTHER_VARIABLES)})
async def test_one_document_serves_all_values_of_its_variables(query: str) -> None:
    schema, stock = build_world_schema(extensions=[BatchedExecutor()]), build_world_schema()
    given = [variables for other, variables in (*WITH_VARIABLES, *OTHER_VARIABLES) if other == query]
    for variables in [*given, None, *reversed(given)]:
        ours = await run(schema, query, variable_values=variables)
        theirs = await run(stock, query, variable_values=variables)
        assert (ours.data, ours.errors) == (theirs.data, theirs.errors), variables


async def test_other_extensions_may_still_change_the_answer() -> None:
    schema = build_world_schema(extensions=[BatchedExecutor(), MaskErrors])
    result = await run(schema, "mutation { burn(number: 3) }")
    assert [error.message for error in result.errors] == ["Unexpected error."]


async def test_graphql_core_executes_operations_whose_resolvers_an_extension_wraps() -> None:
    class Wrapping(SchemaExtension):
        def resolve(self, _next: Any, root: Any, info: Any, *args: Any, **kwargs: Any) -> Any:
            return _next(root, info, *args, **kwargs)

    counted: list[Fallback] = []
    extension = BatchedExecutor(on_fallback=counted.append)
    schema = build_world_schema(extensions=[extension, Wrapping])
    assert (await run(schema, HOUSES)).errors is None
    assert (await run(schema, HOUSES)).errors is None
    assert extension.fallbacks == {Fallback.WRAPPED_RESOLVERS: 2}
    assert counted == [Fallback.WRAPPED_RESOLVERS] * 2


async def test_an_exception_in_planning_is_counted_and_the_next_request_is_planned(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object) -> None:
        raise ValueError("a bug of the planner")

    extension = BatchedExecutor()
    schema = build_world_schema(extensions=[extension])
    with monkeypatch.context() as patch:
        patch.setattr("executor._documents.document.plan_operation", fail)
        executed_by_core = await run(schema, HOUSES)
    assert extension.fallbacks == {Fallback.PLANNING_FAILED: 1}
    planned = await run(schema, HOUSES)
    assert (planned.data, planned.errors) == (executed_by_core.data, executed_by_core.errors)
    assert extension.fallbacks == {Fallback.PLANNING_FAILED: 1}


async def test_graphql_core_executes_incremental_delivery() -> None:
    extension = BatchedExecutor()
    config = StrawberryConfig(scalar_map=CONFIG.scalar_map, enable_experimental_incremental_execution=True)
    schema = strawberry.Schema(Query, Mutation, types=[House, Person], config=config, extensions=[extension])
    result = await run(schema, "{ ... @defer { required } }")
    assert result.initial_result.has_next
    assert extension.fallbacks == {Fallback.UNPLANNED: 1}
    await result.subsequent_results.aclose()


async def test_a_result_set_by_another_extension_stands() -> None:
    class Answering(SchemaExtension):
        def on_execute(self) -> Iterator[None]:
            from graphql import ExecutionResult

            self.execution_context.result = ExecutionResult({"required": 7}, None)
            yield

    schema = build_world_schema(extensions=[Answering, BatchedExecutor()])
    assert (await run(schema, "{ required }")).data == {"required": 7}


async def test_subscriptions_run_as_before() -> None:
    schema = build_world_schema(extensions=[BatchedExecutor()])
    stream = await schema.stream("subscription { built { id owner { id } } }", context_value=World(waits=False))
    answers = [result.data async for result in stream]  # type: ignore[union-attr]
    assert [answer["built"]["id"] for answer in answers if answer] == ["house-0", "house-1"]


async def test_a_mutation_does_not_run_over_get() -> None:
    from strawberry.schema.exceptions import InvalidOperationTypeError
    from strawberry.types.graphql import OperationType

    schema = build_world_schema(extensions=[BatchedExecutor()])
    for _ in range(2):
        with pytest.raises(InvalidOperationTypeError):
            await run(schema, "mutation { burn(number: 1) }", allowed_operation_types={OperationType.QUERY})
        await run(schema, "mutation { burn(number: 1) }")


async def test_canceling_a_request_cancels_its_batch() -> None:
    ended: list[str] = []

    class Slow(World):
        def batch(self, name: str, *_: Any) -> Any:
            async def wait() -> None:
                try:
                    await asyncio.Event().wait()
                finally:
                    ended.append(name)

            return wait()

    schema = build_world_schema(extensions=[BatchedExecutor()])
    task = asyncio.ensure_future(schema.execute("{ houses { owner { id } tenant { id } } }", context_value=Slow()))
    for _ in range(20):
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert sorted(ended) == ["owner", "tenant"]
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def answer(executor: BatchedExecutor, schema: strawberry.Schema, query: str) -> ExecutionResult:
    """Without the pipeline: of a document that is prepared for this once."""
    document = executor.prepare(schema, parse(query))
    answer = executor.answer(document, schema, None, None, World(waits=False))
    return answer if isinstance(answer, ExecutionResult) else await answer


@pytest.mark.parametrize(
    "query", [HOUSES, "mutation { burn(number: 3) }", "query ($n: Int!) { house(number: $n) { id } }"]
)
async def test_a_prepared_document_is_answered_without_the_pipeline_as_by_it(query: str) -> None:
    executor = BatchedExecutor()
    schema = build_world_schema(extensions=[executor])
    ours, theirs = await answer(executor, schema, query), await run(schema, query)
    assert (ours.data, ours.errors) == (theirs.data, theirs.errors)
    assert executor.fallbacks == {}


async def test_a_prepared_document_without_a_plan_is_answered_by_graphql_core() -> None:
    executor = BatchedExecutor()
    schema = build_world_schema(extensions=[executor])
    answered = await answer(executor, schema, "query @experimental_disableErrorPropagation { required }")
    assert (answered.data, answered.errors) == ({"required": 1}, None)
    assert executor.fallbacks == {Fallback.UNPLANNED: 1}
