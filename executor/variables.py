"""The variables of an operation: coerced by graphql-core, but their definitions are looked up only once."""

from __future__ import annotations

from typing import Any, TypeGuard

from graphql import (
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    VariableValues,
    get_nullable_type,
    get_variable_values,
    is_leaf_type,
)
from graphql.execution.get_variable_signature import GraphQLVariableSignature, get_variable_signature
from graphql.execution.values import VariableValueSource
from graphql.pyutils import Undefined
from graphql.utilities import coerce_input_value

__all__ = ["Variables"]


class Variables:
    def __init__(self, schema: GraphQLSchema, operation: OperationDefinitionNode) -> None:
        self._schema = schema
        self._nodes = operation.variable_definitions or ()
        signatures = [get_variable_signature(schema, node) for node in self._nodes]
        self._leaves = [signature for signature in signatures if _is_leaf(signature)]

    def coerce(self, given: dict[str, Any]) -> VariableValues | list[GraphQLError]:
        """The values by name, or what is wrong with the first of them."""
        if len(self._leaves) == len(self._nodes):
            values = self._coerce_leaves(given)
            if values is not None:
                return values
        return get_variable_values(self._schema, self._nodes, given, max_errors=1)

    def _coerce_leaves(self, given: dict[str, Any]) -> VariableValues | None:
        """The values, if each is given and valid."""
        sources: dict[str, VariableValueSource] = {}
        coerced: dict[str, Any] = {}
        for signature in self._leaves:
            name = signature.name
            value = given.get(name, Undefined)
            coerced[name] = coerce_input_value(value, signature.type)
            if value is Undefined or coerced[name] is Undefined:
                return None
            sources[name] = VariableValueSource(signature, value)
        return VariableValues(sources, coerced)


def _is_leaf(signature: GraphQLVariableSignature | GraphQLError) -> TypeGuard[GraphQLVariableSignature]:
    return not isinstance(signature, GraphQLError) and is_leaf_type(get_nullable_type(signature.type))
