"""Arguments of a document that is executed more than once."""

from __future__ import annotations

from typing import Any

from graphql import (
    ExecutionResult,
    GraphQLArgument,
    GraphQLField,
    GraphQLInt,
    GraphQLList,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLString,
    execute_sync,
    parse,
)
from graphql.pyutils import Undefined

from executor._documents.document import Document
from executor._execute import perform
from executor._request import Request

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


def test_a_variable_that_is_given_as_undefined_counts_as_left_out() -> None:
    compare("query ($a: Int, $b: Int = 7) { echo(text: 1, a: $a, b: $b) }", {"a": Undefined, "b": Undefined}, {"a": 1})


def test_a_variable_inside_of_a_literal_is_looked_up_every_time() -> None:
    compare("query ($a: Int) { echo(text: {a: $a}) }", {"a": 1}, {"a": 2}, {})
    compare("query ($a: Int) { echo(text: [$a, 7]) }", {"a": 1}, {"a": 2}, {})


def test_a_value_that_a_resolver_may_change_is_made_anew() -> None:
    compare("{ echo(box: 7) }", {}, {}, {})
    compare("query ($a: Int) { echo(box: 7, a: $a) }", {"a": 1}, {"a": 2}, {"a": 2})


def test_constants_are_the_same_every_time() -> None:
    compare('{ echo(a: 1, box: "x", text: 3) }', {}, {})
    compare("{ echo }", {}, {})


def test_arguments_are_coerced_once_for_a_call_and_variables_never_once_for_each_field() -> None:
    coerced: list[Any] = []

    def coerce(value: Any) -> list[Any]:
        coerced.append(value)
        return [value]

    box = GraphQLScalarType("Box", coerce_input_value=coerce)
    field = GraphQLField(GraphQLString, {"box": GraphQLArgument(GraphQLList(box))}, resolve=lambda *_, box: len(box))
    schema = GraphQLSchema(GraphQLObjectType("Query", {"size": field}))
    document = Document(schema, parse("query ($b: [Box]) { a: size(box: $b) b: size(box: $b) c: size(box: 7) }"))
    for _ in range(2):
        coerced.clear()
        request = document.request(None, None, {"b": [1, 2]}, None)
        assert isinstance(request, Request)
        plan = document.plan(request)
        assert plan is not None
        assert perform(request, plan) == ExecutionResult({"a": "2", "b": "2", "c": "1"}, None)
        assert [coerced.count(1), coerced.count(2), coerced.count(7)] == [
            2,
            2,
            1,
        ]  # by the plan, and by graphql-core for infos
