"""Requests: what a run knows of the request it answers. graphql-core's executor is built if something asks for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from graphql import DocumentNode, Executor, GraphQLSchema, OperationDefinitionNode, VariableValues, get_variable_values

from executor.fallback import OnFallback

__all__ = ["Request"]


class Request(msgspec.Struct, eq=False):
    """One execution of an operation, the variables `given` to it being `coerced`.

    `options` are those of `Executor.build`; `structs` is how the document is planned.
    """

    schema: GraphQLSchema
    document: DocumentNode
    root_value: Any
    context_value: Any
    given: dict[str, Any]
    operation_name: str | None
    operation: OperationDefinitionNode
    coerced: dict[str, Any]
    executor_class: type[Executor[Any]]
    options: Mapping[str, Any]
    structs: bool
    on_fallback: OnFallback
    built: Executor[Any] | None = None
    values: VariableValues | None = None

    @property
    def executor(self) -> Executor[Any]:
        """graphql-core's own view of the request: plans, abstract types and the infos of resolvers need it."""
        if self.built is None:
            asked = (self.root_value, self.context_value, self.given, self.operation_name)
            built = self.executor_class.build(self.schema, self.document, *asked, **self.options)
            assert isinstance(built, Executor), "nothing was wrong with it before"
            self.built = built
        return self.built

    @property
    def hide_suggestions(self) -> bool:
        return bool(self.options.get("hide_suggestions", False))

    @property
    def variable_values(self) -> VariableValues:
        """The variables as graphql-core has them, with where each value comes from."""
        if self.values is None and self.built is not None:
            self.values = self.built.variable_values
        if self.values is None:
            values = get_variable_values(self.schema, self.operation.variable_definitions or (), self.given)
            assert isinstance(values, VariableValues), "they have been coerced before"
            self.values = values
        return self.values
