"""Requests: what a run knows of the request it answers. graphql-core's executor is built if something asks for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from graphql import Executor, GraphQLSchema, OperationDefinitionNode, VariableValues

__all__ = ["Request"]


class Request:
    """One execution of an operation, its variables coerced."""

    __slots__ = (
        "_build",
        "_executor",
        "context_value",
        "hide_suggestions",
        "operation",
        "root_value",
        "schema",
        "variable_values",
    )

    def __init__(
        self,
        schema: GraphQLSchema,
        operation: OperationDefinitionNode,
        variable_values: VariableValues,
        *,
        root_value: Any,
        context_value: Any,
        hide_suggestions: bool,
        build: Callable[[], Any],
    ) -> None:
        self.schema = schema
        self.operation = operation
        self.variable_values = variable_values
        self.root_value = root_value
        self.context_value = context_value
        self.hide_suggestions = hide_suggestions
        self._build = build
        self._executor: Executor[Any] | None = None

    @property
    def executor(self) -> Executor[Any]:
        """graphql-core's own view of the request: plans, abstract types and the infos of resolvers need it."""
        if self._executor is None:
            self._executor = self._build()
        return self._executor
