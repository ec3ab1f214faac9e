"""What the executor relies on in graphql-core beyond its documented interface. No other module of the executor does.

A test fails when one of these moves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from graphql import (
    DocumentNode,
    Executor,
    FieldNode,
    GraphQLAbstractType,
    GraphQLEnumType,
    GraphQLError,
    GraphQLField,
    GraphQLLeafType,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    OperationDefinitionNode,
    VariableDefinitionNode,
    VariableValues,
    get_nullable_type,
    is_leaf_type,
)
from graphql.execution.collect_fields import FieldDetailsList, GroupedFieldSet, collect_fields, collect_subfields
from graphql.execution.get_variable_signature import get_variable_signature
from graphql.pyutils import Path

__all__ = ["Core", "FieldDetailsList", "GroupedFieldSet", "complete_leaf", "leaf_variable"]

complete_leaf: Callable[[GraphQLLeafType, Any], Any] = Executor.complete_leaf_value
"""The value of a scalar or an enum as it goes into the response. Raises an exception for a value it can't complete."""


def leaf_variable(schema: GraphQLSchema, node: VariableDefinitionNode) -> tuple[str, Callable[[Any], Any]] | None:
    """The name of a variable whose type is a scalar or an enum, and what coerces its values; None for any other."""
    signature = get_variable_signature(schema, node)
    if isinstance(signature, GraphQLError):
        return None
    type_ = get_nullable_type(signature.type)
    return (signature.name, _coercion(type_)) if is_leaf_type(type_) else None


def _coercion(leaf: GraphQLLeafType) -> Callable[[Any], Any]:
    """Nobody sees the errors of these coercions, so they look for no names to suggest."""
    if isinstance(leaf, GraphQLEnumType):
        return partial(leaf.coerce_input_value, hide_suggestions=True)
    return leaf.coerce_input_value


class Core:
    """graphql-core's own executor of one request. It is built where a plan is made or a resolver wants its info."""

    def __init__(self, executor: Executor[Any]) -> None:
        self._executor = executor
        self.field_resolver = executor.field_resolver
        """The resolver of fields that have none."""
        self.type_resolver = executor.type_resolver
        """The resolver of abstract types that have none."""

    @classmethod
    def build(
        cls,
        executor_class: type[Executor[Any]],
        schema: GraphQLSchema,
        document: DocumentNode,
        asked: tuple[Any, Any, dict[str, Any], str | None],
        options: Mapping[str, Any],
    ) -> Core | list[GraphQLError]:
        """The executor, or the request's errors.

        `asked` is the root value, the context, the variables as the client sent them, and the operation's name.
        """
        built = executor_class.build(schema, document, *asked, **options)
        return cls(built) if isinstance(built, Executor) else built

    @property
    def variable_values(self) -> VariableValues:
        """The coerced variables, and where each value is from."""
        return self._executor.variable_values

    def collect_root(
        self,
        root_type: GraphQLObjectType,
        operation: OperationDefinitionNode,
        variables: VariableValues,
        hide_suggestions: bool,
    ) -> GroupedFieldSet:
        """The fields of an operation by response key. Raises GraphQLError for invalid directives."""
        schema, fragments = self._executor.schema, self._executor.fragments
        return collect_fields(schema, fragments, variables, root_type, operation, hide_suggestions).grouped_field_set

    def collect(
        self,
        type_: GraphQLObjectType,
        details: FieldDetailsList,
        operation: OperationDefinitionNode,
        variables: VariableValues,
        hide_suggestions: bool,
    ) -> GroupedFieldSet:
        """The fields that some fields select on a type, by response key. Raises GraphQLError for invalid directives."""
        schema, fragments = self._executor.schema, self._executor.fragments
        collected = collect_subfields(schema, fragments, variables, operation, type_, details, hide_suggestions)
        return collected.grouped_field_set

    def build_info(
        self, definition: GraphQLField, nodes: list[FieldNode], parent_type: GraphQLObjectType, path: Path
    ) -> GraphQLResolveInfo[Any]:
        """The info that the field's resolver gets."""
        return self._executor.build_resolve_info(definition, nodes, parent_type, path)

    def find_runtime_type(
        self,
        name: Any,
        abstract_type: GraphQLAbstractType,
        details: FieldDetailsList,
        info: GraphQLResolveInfo[Any],
        value: Any,
    ) -> GraphQLObjectType:
        """The type of an object of an abstract type. Raises GraphQLError if `name` names none of its types."""
        return self._executor.ensure_valid_runtime_type(name, abstract_type, details, info, value)
