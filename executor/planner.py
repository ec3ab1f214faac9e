"""The planner: from the fields which graphql-core collects to a selection."""

from __future__ import annotations

from graphql import (
    GraphQLObjectType,
    GraphQLOutputType,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
)
from graphql.execution.collect_fields import FieldDetailsList, GroupedFieldSet, collect_fields, collect_subfields

from executor.abstract_shape import AbstractShape
from executor.field import Field
from executor.leaf_shape import LeafShape
from executor.list_shape import ListShape
from executor.object_shape import ObjectShape
from executor.plain import build_plain
from executor.plan import Selection, Shape
from executor.request import Request
from executor.resolvers import build_resolver

__all__ = ["plan_operation", "plan_selection"]


def plan_operation(request: Request, root_type: GraphQLObjectType) -> Selection:
    """Plans the root; what is below it is planned when it is first reached. Raises what collecting fields raises."""
    collected = collect_fields(
        request.schema,
        request.executor.fragments,
        request.variable_values,
        root_type,
        request.operation,
        request.hide_suggestions,
    )
    return _build_selection(request, root_type, collected.grouped_field_set)


def plan_selection(request: Request, type_: GraphQLObjectType, details: FieldDetailsList) -> Selection:
    """Plans what a field selects on one of its types. Raises what collecting fields raises."""
    collected = collect_subfields(
        request.schema,
        request.executor.fragments,
        request.variable_values,
        request.operation,
        type_,
        details,
        request.hide_suggestions,
    )
    return _build_selection(request, type_, collected.grouped_field_set)


def _build_selection(request: Request, type_: GraphQLObjectType, groups: GroupedFieldSet) -> Selection:
    resolvers = []
    for key, details in groups.items():
        definition = request.schema.get_field(type_, details[0].node.name.value)
        if definition is None:
            continue  # not validated: graphql-core leaves it out as well
        field = Field(key, details, definition, type_)
        resolvers.append(build_resolver(request, field, _build_shape(definition.type, details)))
    return Selection(type_, resolvers, build_plain(resolvers, structs=request.structs))


def _build_shape(type_: GraphQLOutputType, details: FieldDetailsList) -> Shape:
    # Shapes hold no resolver, which holds its shape: plans without cycles are freed as soon as they are evicted.
    required = is_non_null_type(type_)
    if is_non_null_type(type_):
        type_ = type_.of_type
    if is_list_type(type_):
        return ListShape(required, _build_shape(type_.of_type, details))
    if is_leaf_type(type_):
        return LeafShape(required, type_)
    if is_abstract_type(type_):
        return AbstractShape(required, type_, details, plan_selection)
    if is_object_type(type_):
        return ObjectShape(required, type_, details, plan_selection)
    raise TypeError(f"Cannot complete values of type '{type_}'.")
