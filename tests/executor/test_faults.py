"""Errors of a response: those of graphql-core, with locations that are looked up once for each field."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import (
    ExecutionResult,
    FieldNode,
    GraphQLError,
    OperationDefinitionNode,
    Source,
    build_schema,
    located_error,
    parse,
)

from executor import execute
from executor._columns.faults import Fault, located

DOCUMENT = parse("{\n  a\n  b\n  b }")


def nodes_of(name: str) -> list[FieldNode]:
    operation = DOCUMENT.definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    fields = [node for node in operation.selection_set.selections if isinstance(node, FieldNode)]
    return [node for node in fields if node.name.value == name]


class Worded(Exception):
    """An exception with a `message` that is no text."""

    message = 5
    extensions = {"code": "WORDED"}  # noqa: RUF012 - graphql-core asks for this attribute


CAUSES = [
    ValueError("wrong"),
    Worded("not this"),
    GraphQLError("plain", extensions={"code": "A"}),
    GraphQLError("with nodes", nodes=nodes_of("a")),
    GraphQLError("with positions", source=Source("{\n x }"), positions=[3]),
    GraphQLError("with a path", path=["elsewhere"]),
]


@pytest.mark.parametrize("cause", CAUSES, ids=str)
def test_repeated_errors_are_those_of_graphql_core(cause: Exception) -> None:
    nodes = nodes_of("b")
    faults = [Fault(ValueError("first"), nodes, ("x",)), Fault(cause, nodes, (0, "b")), Fault(cause, nodes, (1, "b"))]
    expected = [located_error(fault.cause, fault.nodes, fault.path) for fault in faults]
    found = located(faults)
    assert found == expected
    assert [error.original_error for error in found] == [error.original_error for error in expected]


def test_the_locations_of_a_field_are_looked_up_once_for_all_rows() -> None:
    def fail(info: Any) -> None:
        raise ValueError("wrong")

    schema = build_schema("type Query { rows: [Row] } type Row { a: Int }")
    rows = [{"a": fail}] * 3
    result = execute(schema, parse("{ rows { a a } }"), {"rows": rows})
    assert isinstance(result, ExecutionResult)
    first, *others = result.errors or []
    assert first.locations == [(1, 10), (1, 12)]
    assert [error.locations is first.locations for error in others] == [True, True]
