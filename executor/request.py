"""Requests: what a run knows of the request it answers. graphql-core's executor is built if something asks for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from graphql import Executor, GraphQLSchema, OperationDefinitionNode, VariableValues, get_variable_values

__all__ = ["Request"]


class Request(msgspec.Struct, eq=False):
    """One execution of an operation, the variables `given` to it being `coerced`; `build` makes its executor.

    `structs` is how its document is planned.
    """

    schema: GraphQLSchema
    operation: OperationDefinitionNode
    given: dict[str, Any]
    coerced: dict[str, Any]
    root_value: Any
    context_value: Any
    hide_suggestions: bool
    build: Callable[[], Any]
    structs: bool
    built: Executor[Any] | None = None
    values: VariableValues | None = None

    @property
    def executor(self) -> Executor[Any]:
        """graphql-core's own view of the request: plans, abstract types and the infos of resolvers need it."""
        if self.built is None:
            self.built = self.build()
        return self.built

    @property
    def variable_values(self) -> VariableValues:
        """The variables as graphql-core has them, with where each value comes from."""
        if self.values is None:
            values = get_variable_values(self.schema, self.operation.variable_definitions or (), self.given)
            assert isinstance(values, VariableValues), "they have been coerced before"
            self.values = values
        return self.values
