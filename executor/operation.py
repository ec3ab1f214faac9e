"""Operations: a document's, and their variables, whose definitions are looked up once."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLEnumType,
    GraphQLError,
    GraphQLLeafType,
    GraphQLSchema,
    OperationDefinitionNode,
    VariableValues,
    get_nullable_type,
    get_variable_values,
    is_leaf_type,
)
from graphql.execution.get_variable_signature import get_variable_signature
from graphql.pyutils import Undefined

__all__ = ["Operation", "operations_by_name"]


class Operation:
    def __init__(self, schema: GraphQLSchema, node: OperationDefinitionNode) -> None:
        self.node = node
        self._schema = schema
        self._definitions = node.variable_definitions or ()
        self._leaves: list[tuple[str, Callable[[Any], Any]]] = []
        for definition in self._definitions:
            signature = get_variable_signature(schema, definition)
            if not isinstance(signature, GraphQLError) and is_leaf_type(type_ := get_nullable_type(signature.type)):
                self._leaves.append((signature.name, _coercion(type_)))

    def coerce(self, given: dict[str, Any]) -> tuple[dict[str, Any], VariableValues | None] | None:
        """The values of the variables, and as graphql-core has them if it was asked; None if any is wrong."""
        coerced: dict[str, Any] = {}
        try:
            for name, coerce in self._leaves:
                value = given.get(name)
                if value is None or (value := coerce(value)) is Undefined:
                    break
                coerced[name] = value
        except Exception:  # graphql-core meets it too, and words the answer
            return None
        if len(coerced) == len(self._definitions):
            return coerced, None
        found = get_variable_values(self._schema, self._definitions, given, max_errors=1, hide_suggestions=True)
        return (found.coerced, found) if isinstance(found, VariableValues) else None


def _coercion(leaf: GraphQLLeafType) -> Callable[[Any], Any]:
    """What coerces a value. Its errors are seen by nobody, so that it looks for no names to suggest."""
    if isinstance(leaf, GraphQLEnumType):
        return partial(leaf.coerce_input_value, hide_suggestions=True)
    return leaf.coerce_input_value


def operations_by_name(schema: GraphQLSchema, document: DocumentNode) -> dict[str | None, Operation]:
    """What a request may name; without a name, the only operation."""
    operations = [Operation(schema, node) for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    named: dict[str | None, Operation] = {
        operation.node.name.value: operation for operation in operations if operation.node.name
    }
    if len(operations) == 1:
        named[None] = operations[0]
    return named
