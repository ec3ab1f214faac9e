"""Promises of a class about its attributes: their values are not checked, and the answers stay the same."""

# mypy: disable-error-code="untyped-decorator, valid-type"
# Strawberry's own decorators are typed so.

from __future__ import annotations

from typing import Any

import pytest
import strawberry

from executor import BatchedExecutor, InstanceOf, batched
from executor._schema.instance_of import Promise
from tests.executor.direct_leaves import CONFIG, FIELDS, LEAVES, MAYBE, Leaves, StatusEnum
from tests.executor.parity import Target

WITHIN: dict[str, list[Any]] = {
    "text": ["", "é"],
    "key": ["7"],
    "whole": [0, 2**31 - 1, -(2**31), 2**31, -(2**31) - 1],
    "real": [0.0, -1e300, float("inf"), float("-inf"), float("nan")],
    "truth": [False],
    "status": ["sold", "lost"],
    "amount": [0, -(2**80)],
}


class Kept:
    """A record: its annotations are promises."""

    text: str
    key: str
    whole: int
    real: float
    truth: bool
    status: str
    amount: int
    maybe_text: str | None
    maybe_key: str | None
    maybe_whole: int | None
    maybe_real: float | None
    maybe_truth: bool | None
    maybe_status: str | None
    maybe_amount: int | None
    anything: object

    def __init__(self, **values: Any) -> None:
        vars(self).update(LEAVES | MAYBE | {"anything": "x"} | values)


@strawberry.type
class Row(Leaves):
    anything: str
    is_type_of = InstanceOf(Kept, typed=Kept)


@strawberry.type
class Needing:
    maybe_text: str
    maybe_whole: int
    maybe_status: StatusEnum
    is_type_of = InstanceOf(Kept, typed=Kept)


@strawberry.type
class Query:
    @batched
    def rows(parents: list[Any], info: strawberry.Info) -> list[list[Row | None]]:
        return [info.context]

    @batched
    def needing(parents: list[Any], info: strawberry.Info) -> list[list[Needing | None]]:
        return [info.context]


SCHEMA = strawberry.Schema(Query, config=CONFIG, extensions=[BatchedExecutor()])


async def compare(query: str, *rows: Any) -> Any:
    return (await Target(SCHEMA._schema, lambda: list(rows)).compare(query)).data


@pytest.mark.parametrize("name", LEAVES)
async def test_values_that_keep_their_promise_are_completed_as_on_graphql_core(name: str) -> None:
    for value in WITHIN[name]:
        await compare(f"{{ rows {{ {FIELDS} }} }}", Kept(), Kept(**{name: value}), Kept())
    for value in [*WITHIN[name], None]:
        await compare(f"{{ rows {{ {FIELDS} }} }}", Kept(), Kept(**{f"maybe_{name}": value}), Kept())


@pytest.mark.parametrize("name", ["text", "whole", "status"])
async def test_null_is_an_error_where_the_promise_allows_it_and_the_schema_does_not(name: str) -> None:
    query = "{ needing { maybeText maybeWhole maybeStatus } }"
    assert (await compare(query, Kept()))["needing"] != [None]
    assert await compare(query, Kept(**{f"maybe_{name}": None})) == {"needing": [None]}


async def test_values_without_a_promise_are_checked() -> None:
    assert await compare("{ rows { text anything } }", Kept(anything=7)) == {"rows": [{"text": "a", "anything": "7"}]}


async def test_promised_values_are_not_checked() -> None:
    text = object()
    result = await SCHEMA.execute("{ rows { text } }", context_value=[Kept(text=text)])
    assert result.data == {"rows": [{"text": text}]}


def test_annotations_of_built_in_types_are_promises_and_no_others() -> None:
    test = InstanceOf(Kept, typed=Kept)
    assert test.promise("whole") == Promise(int, nullable=False)
    assert test.promise("maybe_text") == Promise(str, nullable=True)
    assert test.promise("anything") is None
    assert InstanceOf(Kept).promise("whole") is None
