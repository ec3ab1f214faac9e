"""Arguments of a field. Values that depend on no request are coerced once; those of variables are passed on."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from types import NoneType
from typing import Any

from graphql import ListValueNode, ObjectValueNode, VariableNode
from graphql.execution import get_argument_values

from executor._field import Field
from executor._request import Request

__all__ = ["Arguments", "are_atoms"]

_ATOMS = (str, int, float, bool, NoneType, Enum)


class Arguments:
    """The arguments of one field of a plan. `names` maps their GraphQL names to those of the resolver's parameters."""

    def __init__(self, field: Field, names: Mapping[str, str] | None = None) -> None:
        self._definition = field.definition
        self._fragment_variables = field.details[0].fragment_variable_values
        self._names = names or {}
        self._node = field.nodes[0]
        given = {argument.name.value: argument.value for argument in self._node.arguments or ()}
        self._variables: dict[str, str] = {
            self._named(definition.out_name or name): value.name.value
            for name, definition in field.definition.args.items()
            if isinstance(value := given.get(name), VariableNode)
        }
        self._simple = not any(isinstance(value, ListValueNode | ObjectValueNode) for value in given.values())
        self._known: dict[str, Any] | None = {} if not field.definition.args and not given else None
        """The values that are the same in every request, in order; None for those of variables."""

    def coerce(self, request: Request) -> dict[str, Any]:
        """The values by name. Raises GraphQLError if one is missing or invalid."""
        if self._known is None:
            return self._look_up(request)
        given = request.coerced
        values = {**self._known}
        for name, variable in self._variables.items():
            value = given.get(variable)
            if value is None:
                return self._look_up(request)
            values[name] = value
        return values

    def _look_up(self, request: Request) -> dict[str, Any]:
        values = get_argument_values(
            self._definition,
            self._node,
            request.variable_values,
            self._fragment_variables,
            request.hide_suggestions,
        )
        if self._names:
            values = {self._named(name): value for name, value in values.items()}
        known = {name: None if name in self._variables else value for name, value in values.items()}
        if self._simple and are_atoms(known) and self._variables.keys() <= known.keys():
            self._known = known
        return values

    def _named(self, name: str) -> str:
        return self._names.get(name, name)


def are_atoms(values: dict[str, Any]) -> bool:
    """Whether several calls may share these values, because none of them can be changed."""
    return all(isinstance(value, _ATOMS) for value in values.values())
