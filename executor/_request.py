"""Requests: one execution of an operation, as a run knows it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from graphql import (
    DocumentNode,
    Executor,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    VariableValues,
    get_variable_values,
)

from executor._fallback import OnFallback
from executor._graphql_core import Core, FieldDetailsList, GroupedFieldSet

__all__ = ["Request"]


class Request(msgspec.Struct, eq=False):
    """One execution of an operation. `given` are the variables as the client sent them, `coerced` those that are set.

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
    values: VariableValues | None = None
    _core: Core | None = None

    @property
    def core(self) -> Core:
        """graphql-core's own executor of this request, built when something first asks for it."""
        if self._core is None:
            asked = (self.root_value, self.context_value, self.given, self.operation_name)
            built = Core.build(self.executor_class, self.schema, self.document, asked, self.options)
            assert isinstance(built, Core), "the request was valid when it was built"
            self._core = built
        return self._core

    @property
    def hide_suggestions(self) -> bool:
        """Whether errors leave out "Did you mean"."""
        return bool(self.options.get("hide_suggestions", False))

    @property
    def variable_values(self) -> VariableValues:
        """The variables as graphql-core has them: with where each value is from."""
        if self.values is None and self._core is not None:
            self.values = self._core.variable_values
        if self.values is None:
            values = get_variable_values(self.schema, self.operation.variable_definitions or (), self.given)
            assert isinstance(values, VariableValues), "the variables were valid when they were coerced"
            self.values = values
        return self.values

    def collect_root(self, root_type: GraphQLObjectType) -> GroupedFieldSet:
        """The operation's fields by response key. Raises GraphQLError for invalid directives."""
        return self.core.collect_root(root_type, self.operation, self.variable_values, self.hide_suggestions)

    def collect(self, type_: GraphQLObjectType, details: FieldDetailsList) -> GroupedFieldSet:
        """The fields selected on a type, by response key. Raises GraphQLError for invalid directives."""
        return self.core.collect(type_, details, self.operation, self.variable_values, self.hide_suggestions)
