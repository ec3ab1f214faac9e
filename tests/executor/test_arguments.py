"""Arguments of a document that is answered more than once."""

from __future__ import annotations

from typing import Any

from graphql import (
    ExecutionResult,
    GraphQLArgument,
    GraphQLField,
    GraphQLInt,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLString,
    execute_sync,
    parse,
)

from executor.documents import Document
from executor.execute import perform
from executor.request import Request

Box = GraphQLScalarType("Box", coerce_input_value=lambda value: value if isinstance(value, str) else [value])
Text = GraphQLScalarType("Text", coerce_input_value=str)


def echo(source: Any, info: Any, **arguments: Any) -> str:
    """What it was called with; then it changes that."""
    told = repr(arguments)
    for value in arguments.values():
        if isinstance(value, list):
            value.append("changed")
    return told


ARGUMENTS = {
    "a": GraphQLArgument(GraphQLInt),
    "b": GraphQLArgument(GraphQLInt, default_value=5),
    "box": GraphQLArgument(Box),
    "text": GraphQLArgument(Text),
}
SCHEMA = GraphQLSchema(GraphQLObjectType("Query", {"echo": GraphQLField(GraphQLString, ARGUMENTS, resolve=echo)}))


def compare(query: str, *given: dict[str, Any]) -> None:
    """Asks the same document with each of the variables, and graphql-core too."""
    node = parse(query)
    document = Document(SCHEMA, node)
    for variables in given:
        request = document.request(None, None, variables, None)
        assert isinstance(request, Request)
        plan = document.plan(request)
        assert plan is not None
        result = perform(request, plan)
        assert isinstance(result, ExecutionResult)
        assert result == execute_sync(SCHEMA, node, variable_values=variables)


def test_a_variable_may_be_there_or_not() -> None:
    query = "query ($a: Int, $b: Int) { echo(text: 1, b: $b, a: $a) }"
    compare(query, {}, {"a": 1}, {"b": 2}, {"a": 1, "b": 2}, {"b": None, "a": None}, {}, {"a": 3, "b": 4})


def test_a_variable_inside_of_a_literal_is_looked_up_every_time() -> None:
    compare("query ($a: Int) { echo(text: {a: $a}) }", {"a": 1}, {"a": 2}, {})
    compare("query ($a: Int) { echo(text: [$a, 7]) }", {"a": 1}, {"a": 2}, {})


def test_a_value_that_a_resolver_may_change_is_made_anew() -> None:
    compare("{ echo(box: 7) }", {}, {}, {})
    compare("query ($a: Int) { echo(box: 7, a: $a) }", {"a": 1}, {"a": 2}, {"a": 2})


def test_constants_are_the_same_every_time() -> None:
    compare('{ echo(a: 1, box: "x", text: 3) }', {}, {})
    compare("{ echo }", {}, {})
