"""Documents: parsed and validated, and kept with their plans."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from itertools import repeat
from typing import Any

from graphql import (
    DirectiveNode,
    DocumentNode,
    Executor,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    Node,
    OperationType,
    VariableNode,
)
from graphql.pyutils import Undefined

from executor._documents.operation import operations_by_name
from executor._documents.planner import plan_operation
from executor._fallback import Fallback, OnFallback, ignore_fallback
from executor._graphql_core import Core
from executor._lru import LRU
from executor._plan import Selection
from executor._request import Request

__all__ = ["Document"]

NO_OPTIONS: Mapping[str, Any] = {}
_CONDITIONS = {"skip", "include"}
_UNPLANNABLE = {"defer", "stream", "experimental_disableErrorPropagation"}
_MOST_PLANS = 32


class Document:
    """A document that was validated by `rules`, with a plan for each operation and each outcome of @skip and @include.

    With `structs`, rows that hold nothing but direct fields are msgspec structs.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        node: DocumentNode,
        rules: Sequence[object] = (),
        *,
        structs: bool = False,
        on_fallback: OnFallback = ignore_fallback,
    ) -> None:
        self.node = node
        self.rules = rules
        self._schema = schema
        self._structs = structs
        self._on_fallback = on_fallback
        self._operations = operations_by_name(schema, node)
        self._plans = LRU[Hashable, Selection](_MOST_PLANS)
        self._conditions: list[str] = []
        self._is_plannable = True
        self._inspect()

    def request(
        self,
        root_value: Any,
        context_value: Any,
        variable_values: dict[str, Any] | None,
        operation_name: str | None,
        *,
        executor_class: type[Executor[Any]] = Executor,
        options: Mapping[str, Any] = NO_OPTIONS,
    ) -> Request | list[GraphQLError]:
        """A request for one of the operations, or its errors. `options` are those of `Executor.build`."""
        operation = self._operations.get(operation_name)
        given = variable_values or {}
        found = operation.coerce(given) if operation else None
        asked = (root_value, context_value, given, operation_name)
        if operation is None or found is None:
            errors = Core.build(executor_class, self._schema, self.node, asked, options)
            assert not isinstance(errors, Core), "graphql-core coerces the variables in the same way"
            return errors
        coerced, values = found
        return Request(
            self._schema,
            self.node,
            *asked,
            operation.node,
            coerced,
            executor_class,
            options,
            self._structs,
            self._on_fallback,
            values=values,
        )

    def plan(self, request: Request) -> Selection | None:
        """The plan of the request's operation; None, and a fallback is reported, where only graphql-core can answer."""
        key: Hashable = id(request.operation)
        if self._conditions:
            key = (key, *map(request.coerced.get, self._conditions, repeat(Undefined)))
        plan = self._plans.get(key)
        if plan is None:
            plan = self._build_plan(request)
            if plan is not None:
                self._plans.put(key, plan)
        return plan

    def _build_plan(self, request: Request) -> Selection | None:
        kind = request.operation.operation
        root_type = request.schema.get_root_type(kind)
        if root_type is None or kind is OperationType.SUBSCRIPTION or not self._is_plannable:
            self._on_fallback(Fallback.UNPLANNED)
            return None
        try:
            return plan_operation(request, root_type)
        except Exception:  # if the request is at fault, graphql-core raises it too and reports it to the client
            self._on_fallback(Fallback.PLANNING_FAILED)
            return None

    def _inspect(self) -> None:
        """Finds the variables that conditions depend on, and directives that no plan can follow."""
        pending: list[Node] = [self.node]
        while pending:
            node = pending.pop()
            if isinstance(node, DirectiveNode):
                self._inspect_directive(node)
            elif isinstance(node, FragmentDefinitionNode) and node.variable_definitions:
                self._is_plannable = False
            for key in node.keys:
                value = getattr(node, key, None)
                if isinstance(value, Node):
                    pending.append(value)
                elif isinstance(value, list | tuple):
                    pending.extend(value)

    def _inspect_directive(self, node: DirectiveNode) -> None:
        name = node.name.value
        if name in _UNPLANNABLE:
            self._is_plannable = False
        elif name in _CONDITIONS:
            values = [argument.value for argument in node.arguments or ()]
            self._conditions.extend(value.name.value for value in values if isinstance(value, VariableNode))
