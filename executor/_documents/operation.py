"""Operations of a document, and the coercion of their variables."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLSchema,
    OperationDefinitionNode,
    VariableValues,
    get_variable_values,
)
from graphql.pyutils import Undefined

from executor._graphql_core import leaf_variable

__all__ = ["Operation", "operations_by_name"]


class Operation:
    """An operation whose variable definitions are looked up in the schema once."""

    def __init__(self, schema: GraphQLSchema, node: OperationDefinitionNode) -> None:
        self.node = node
        self._schema = schema
        self._definitions = node.variable_definitions or ()
        self._leaves: list[tuple[str, Callable[[Any], Any]]] = []
        for definition in self._definitions:
            leaf = leaf_variable(schema, definition)
            if leaf is not None:
                self._leaves.append(leaf)

    def coerce(self, given: dict[str, Any]) -> tuple[dict[str, Any], VariableValues | None] | None:
        """The variables' values, and graphql-core's own form of them if it coerced them; None if any is invalid."""
        coerced: dict[str, Any] = {}
        try:
            for name, coerce in self._leaves:
                value = given.get(name)
                if value is None or (value := coerce(value)) is Undefined:
                    break
                coerced[name] = value
        except Exception:
            coerced.clear()  # graphql-core decides whether the value is invalid
        if len(coerced) == len(self._definitions):
            return coerced, None
        found = get_variable_values(self._schema, self._definitions, given, max_errors=1, hide_suggestions=True)
        return (found.coerced, found) if isinstance(found, VariableValues) else None


def operations_by_name(schema: GraphQLSchema, document: DocumentNode) -> dict[str | None, Operation]:
    """The operations by name. If there is only one, it is also found by None."""
    operations = [Operation(schema, node) for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    named: dict[str | None, Operation] = {
        operation.node.name.value: operation for operation in operations if operation.node.name
    }
    if len(operations) == 1:
        named[None] = operations[0]
    return named
