"""Fields: what a document and a schema say about one response key of a selection."""

from __future__ import annotations

from graphql import FieldNode, GraphQLField, GraphQLObjectType

from executor._graphql_core import FieldDetailsList

__all__ = ["Field"]


class Field:
    """The nodes merged under one response key, and the field of the schema that they select."""

    __slots__ = ("definition", "details", "key", "name", "nodes", "parent_type")

    def __init__(
        self, key: str, details: FieldDetailsList, definition: GraphQLField, parent_type: GraphQLObjectType
    ) -> None:
        self.key = key
        self.details = details
        self.nodes: list[FieldNode] = [detail.node for detail in details]
        self.name = self.nodes[0].name.value
        self.definition = definition
        self.parent_type = parent_type
