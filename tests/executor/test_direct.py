"""Direct fields: rows that are read at once, and the values that must be completed one by one instead."""

# mypy: disable-error-code="untyped-decorator, valid-type"
# Strawberry's own decorators are typed so.

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import graphql
import pytest
import strawberry
from graphql import parse

import executor
from executor import BatchedExecutor, Fallback, batched
from executor._direct.reader import PATIENCE, PAUSE
from tests.executor.direct_leaves import CONFIG, FIELDS, LEAVES, MAYBE, Leaves
from tests.executor.parity import Target
from tests.executor.test_core_schema import SCALARS, later
from tests.executor.world import Status


class Text(str):
    pass


@strawberry.type
class Row(Leaves):
    class_: str | None = strawberry.field(name="class")

    @batched
    def same(parents: list[Any]) -> list[Row | None]:
        return parents

    @batched
    def half(parents: list[Any]) -> list[int | Exception]:
        return [ValueError("odd") if parent.whole % 2 else parent.whole // 2 for parent in parents]

    @batched
    async def slow(parents: list[Any]) -> list[int]:
        return [parent.whole for parent in parents]

    @strawberry.field
    def marked(self) -> str:
        self.text += "!"
        return self.text


@strawberry.type
class Query:
    @batched
    def rows(parents: list[Any], info: strawberry.Info) -> list[list[Row | None]]:
        return [info.context]


SCHEMA = strawberry.Schema(Query, config=CONFIG)
OBSTACLES = [*SCALARS, 2**31 - 1, -(2**31), float("-inf"), Status.SOLD, "sold", "lost", Text("open"), ImportError("x")]


def a_row(**values: Any) -> SimpleNamespace:
    return SimpleNamespace(**{**LEAVES, **MAYBE, "class_": "c", **values})


async def compare(query: str, *rows: Any) -> Any:
    return (await Target(SCHEMA._schema, lambda: list(rows)).compare(query)).data


@pytest.mark.parametrize("others", ["", "same { truth }"])
@pytest.mark.parametrize("name", [*LEAVES, *(f"maybe_{name}" for name in LEAVES)])
async def test_a_direct_field_completes_any_value_as_graphql_core_does(name: str, others: str) -> None:
    for value in OBSTACLES:
        await compare(f"{{ rows {{ {FIELDS} {others} }} }}", a_row(), a_row(**{name: value}), a_row())


async def test_the_values_of_an_enum_are_read_at_once_when_they_are_known() -> None:
    schema = strawberry.Schema(Query, config=CONFIG, extensions=[BatchedExecutor()])
    for status in ["open", "sold", Status.OPEN, Status.SOLD] * 2:
        result = await schema.execute("{ rows { status } }", context_value=[a_row(status=status)])
        assert result.data == {"rows": [{"status": Status(status).name}]}


async def test_a_value_that_is_no_object_does_not_become_a_row() -> None:
    failure = ValueError("failed")
    vars(failure).update(vars(a_row()))
    await compare("{ rows { text same { text } } }", a_row(), failure, None, a_row())


async def test_missing_and_awaitable_attributes_are_completed_as_on_graphql_core() -> None:
    row = a_row()
    del row.text
    await compare("{ rows { key text same { text } } }", a_row(), row)
    result = await Target(SCHEMA._schema, lambda: [a_row(), a_row(text=later("late"))]).run(
        executor.execute, parse("{ rows { key text } }")
    )
    assert result.data == {"rows": [{"key": "b", "text": "a"}, {"key": "b", "text": "late"}]}


async def test_keys_keep_the_order_of_the_selection() -> None:
    query = "{ rows { b: whole same { __typename text } a: text __typename c: same { key } class again: class } }"
    data = await compare(query, a_row(), a_row())
    assert list(data["rows"][1]) == ["b", "same", "a", "__typename", "c", "class", "again"]


async def test_a_row_with_more_fields_than_can_be_compiled_is_completed() -> None:
    aliases = " ".join(f"a{number}: text" for number in range(150))
    await compare(f"{{ rows {{ {aliases} }} }}", a_row(), a_row(text=1))


async def test_a_field_that_fails_fails_its_own_row_alone() -> None:
    data = await compare("{ rows { whole half } }", *[a_row(whole=number) for number in range(4)])
    assert data == {"rows": [{"whole": 0, "half": 0}, None, {"whole": 2, "half": 1}, None]}


async def test_rows_that_are_read_at_once_are_nulled_when_a_field_beside_them_fails() -> None:
    data = await compare("{ rows { whole half slow } }", *[a_row(whole=number) for number in range(4)])
    assert data["rows"] == [{"whole": 0, "half": 0, "slow": 0}, None, {"whole": 2, "half": 1, "slow": 2}, None]


async def test_a_resolver_that_changes_its_object_is_called_before_later_fields_are_read() -> None:
    target = Target(SCHEMA._schema, lambda: [a_row(), a_row()])
    result = await target.compare("{ rows { text marked again: text } }")
    assert result.data == {"rows": [{"text": "a", "marked": "a!", "again": "a!"}] * 2}


async def test_reading_at_once_pauses_when_it_fails_again_and_again() -> None:
    class Counted:
        reads = 0

        @property
        def key(self) -> int:
            self.reads += 1
            return 7

    extension = BatchedExecutor()
    schema = strawberry.Schema(Query, config=CONFIG, extensions=[extension])
    reads = []
    for _ in range(PATIENCE + PAUSE + 2):
        row = Counted()
        result = await schema.execute("{ rows { key } }", context_value=[row])
        assert result.data == {"rows": [{"key": "7"}]}
        reads.append(row.reads)
    assert reads == [*[2] * PATIENCE, *[1] * PAUSE, 2, 1]
    assert extension.fallbacks == {Fallback.ROW_BY_ROW: 2}


async def test_reading_at_once_resumes_after_a_pause_when_values_have_the_expected_types() -> None:
    extension = BatchedExecutor(structs=True)
    schema = strawberry.Schema(Query, config=CONFIG, extensions=[extension])

    async def is_read_at_once(text: str | None) -> bool:
        result = await schema.execute("{ rows { text } }", context_value=[a_row(text=text)])
        assert result.data is not None
        return not isinstance(result.data["rows"][0], dict | None)

    assert await is_read_at_once("a")
    for _ in range(PATIENCE):
        assert not await is_read_at_once(None)
    assert [await is_read_at_once("a") for _ in range(PAUSE + 2)] == [*[False] * PAUSE, True, True]
    assert extension.fallbacks == {Fallback.ROW_BY_ROW: 1}


async def test_one_unexpected_value_does_not_slow_the_next_request() -> None:
    schema = strawberry.Schema(Query, config=CONFIG, extensions=[BatchedExecutor()])
    for value in [None, "a"] * PATIENCE:
        result = await schema.execute("{ rows { text } }", context_value=[a_row(text=value)])
        assert result.data == {"rows": [value and {"text": value}]}
        assert bool(result.errors) is (value is None)


async def test_a_shared_object_has_its_row_at_every_place() -> None:
    row = a_row()
    data = await compare("{ rows { text same { text } } }", row, a_row(text="b"), row)
    assert [item["text"] for item in data["rows"]] == ["a", "b", "a"]


def test_graphql_core_alone_executes_the_schema_of_these_tests() -> None:
    result = graphql.execute(SCHEMA._schema, parse("{ rows { text } }"), context_value=[a_row()])
    assert result == ({"rows": [{"text": "a"}]}, None)
