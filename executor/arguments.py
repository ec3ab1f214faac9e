"""The arguments of a field: coerced once a level, and once a plan where no variable takes part."""

from __future__ import annotations

from enum import Enum
from types import NoneType
from typing import Any

from graphql import FieldNode, ListValueNode, ObjectValueNode, ValueNode, VariableNode
from graphql.execution import get_argument_values

from executor.plan import Field
from executor.request import Request

__all__ = ["Arguments", "are_atoms"]

_ATOMS = (str, int, float, bool, NoneType, Enum)


class Arguments:
    def __init__(self, field: Field) -> None:
        self._field = field
        self._none = not field.definition.args and not field.nodes[0].arguments
        self._fixed: dict[str, Any] | None = None

    def coerce(self, request: Request) -> dict[str, Any]:
        """The values by name. Raises GraphQLError where one is missing or invalid."""
        if self._none:
            return {}
        if self._fixed is not None:
            return self._fixed
        node = self._field.nodes[0]
        values = get_argument_values(
            self._field.definition,
            node,
            request.variable_values,
            self._field.details[0].fragment_variable_values,
            request.hide_suggestions,
        )
        if are_atoms(values) and not _has_variables(node):
            self._fixed = values
        return values


def are_atoms(values: dict[str, Any]) -> bool:
    """Whether several calls may be given the same values: no call can change them."""
    return all(isinstance(value, _ATOMS) for value in values.values())


def _has_variables(node: FieldNode) -> bool:
    pending: list[ValueNode] = [argument.value for argument in node.arguments or ()]
    while pending:
        value = pending.pop()
        if isinstance(value, VariableNode):
            return True
        if isinstance(value, ListValueNode):
            pending.extend(value.values)
        elif isinstance(value, ObjectValueNode):
            pending.extend(field.value for field in value.fields)
    return False
