"""Plans: what a run does for a selection, without the values of any one request."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from executor.rows import Row, compile_rows

if TYPE_CHECKING:
    from graphql import FieldNode, GraphQLField, GraphQLObjectType
    from graphql.execution.collect_fields import FieldDetailsList

    from executor.columns import Column
    from executor.plain import Plain
    from executor.request import Request
    from executor.run import Level
    from executor.shapes import Shape

__all__ = ["Field", "Resolver", "Selection"]


class Resolver(Protocol):
    shareable: bool
    """Whether an object that appears many times in a level may be resolved once."""

    def begin(self, level: Level, field: Field) -> Column: ...


class Field:
    """A field of a selection: the nodes merged under one response key."""

    __slots__ = ("definition", "details", "key", "name", "nodes", "parent_type", "resolver", "shape")
    resolver: Resolver
    shape: Shape

    def __init__(
        self, key: str, details: FieldDetailsList, definition: GraphQLField, parent_type: GraphQLObjectType
    ) -> None:
        self.key = key
        self.details = details
        self.nodes: list[FieldNode] = [detail.node for detail in details]
        self.name = self.nodes[0].name.value
        self.definition = definition
        self.parent_type = parent_type


class Selection:
    """The fields selected on one object type."""

    __slots__ = ("_compiled", "_shareable", "fields", "plain", "type")

    def __init__(self, type_: GraphQLObjectType, fields: Sequence[Field], plain: Plain | None = None) -> None:
        self.type = type_
        self.fields = fields
        self.plain = plain
        self._compiled: Callable[[Sequence[Sequence[Any]]], list[Row]] | None = None
        self._shareable: bool | None = None

    def rows(self, size: int, columns: Sequence[Sequence[Any]]) -> list[Any]:
        if not columns:
            return [{} for _ in range(size)]
        if self._compiled is None:
            self._compiled = compile_rows(tuple(field.key for field in self.fields))
        return self._compiled(columns)

    def shareable(self, request: Request) -> bool:
        """Whether one row serves all appearances of an object: nothing below it can tell them apart."""
        if self._shareable is None:
            self._shareable = all(field.resolver.shareable and field.shape.shareable(request) for field in self.fields)
        return self._shareable

    def one_by_one(self) -> list[Selection]:
        return [Selection(self.type, (field,)) for field in self.fields]
