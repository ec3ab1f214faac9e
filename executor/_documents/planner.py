"""The planner: it makes selections of the fields that graphql-core collects."""

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

from executor._direct.direct import build_direct_fields
from executor._field import Field
from executor._fields.abstract import AbstractShape
from executor._fields.leaf import LeafShape
from executor._fields.list import ListShape
from executor._fields.object import ObjectShape
from executor._fields.resolvers import build_resolver
from executor._graphql_core import FieldDetailsList, GroupedFieldSet
from executor._plan import Selection, Shape
from executor._request import Request

__all__ = ["plan_operation", "plan_selection"]


def plan_operation(request: Request, root_type: GraphQLObjectType) -> Selection:
    """Plans the root; selections below it are planned when they are first reached. Raises what collecting raises."""
    return _build_selection(request, root_type, request.collect_root(root_type))


def plan_selection(request: Request, type_: GraphQLObjectType, details: FieldDetailsList) -> Selection:
    """Plans what a field selects on one of its types. Raises what collecting its fields raises."""
    return _build_selection(request, type_, request.collect(type_, details))


def _build_selection(request: Request, type_: GraphQLObjectType, groups: GroupedFieldSet) -> Selection:
    resolvers = []
    for key, details in groups.items():
        definition = request.schema.get_field(type_, details[0].node.name.value)
        if definition is None:
            continue  # only in a document that was not validated: graphql-core leaves it out as well
        field = Field(key, details, definition, type_)
        resolvers.append(build_resolver(request, field, _build_shape(definition.type, details)))
    return Selection(type_, resolvers, build_direct_fields(resolvers, structs=request.structs))


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
