"""Places: the paths and infos of the values of a column, which are built only when something asks for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import msgspec
from graphql import GraphQLResolveInfo
from graphql.pyutils import Path

from executor._field import Field
from executor._request import Request

__all__ = ["FieldPlace", "ItemPlace", "LazyInfo", "PickedPlace", "Place", "SharedPlace"]


class Place(Protocol):
    """The place of the values of a field, or of the items of its lists, `depth` levels below the root."""

    field: Field
    depth: int

    def path(self, index: int) -> Path:
        """The path of a value."""
        ...

    def info(self, index: int) -> GraphQLResolveInfo[Any]:
        """The info of the field that a value belongs to."""
        ...


class FieldPlace(msgspec.Struct, eq=False):
    """A field of all objects of a level. `parent` is the place of the objects; None at the root."""

    request: Request
    field: Field
    parent: Place | None
    depth: int
    _infos: dict[int, GraphQLResolveInfo[Any]] | None = None

    def path(self, index: int) -> Path:
        above = None if self.parent is None else self.parent.path(index)
        return Path(above, self.field.key, self.field.parent_type.name)

    def info(self, index: int) -> GraphQLResolveInfo[Any]:
        if self._infos is None:
            self._infos = {}
        info = self._infos.get(index)
        if info is None:
            field = self.field
            info = self._infos[index] = self.request.core.build_info(
                field.definition, field.nodes, field.parent_type, self.path(index)
            )
        return info


class ItemPlace:
    """The items of all lists of a column, one list after the other."""

    __slots__ = ("_outer", "_positions", "_sizes", "depth", "field")

    def __init__(self, outer: Place, sizes: Sequence[int]) -> None:
        self.depth = outer.depth
        self.field = outer.field
        self._outer = outer
        self._sizes = sizes
        self._positions: list[tuple[int, int]] | None = None

    def position(self, index: int) -> tuple[int, int]:
        """The index of the item's list, and the item's index in it."""
        if len(self._sizes) == 1:
            return 0, index
        if self._positions is None:
            self._positions = [(row, item) for row, size in enumerate(self._sizes) for item in range(size)]
        return self._positions[index]

    def path(self, index: int) -> Path:
        row, item = self.position(index)
        return self._outer.path(row).add_key(item)

    def info(self, index: int) -> GraphQLResolveInfo[Any]:
        return self._outer.info(self.position(index)[0])


class PickedPlace:
    """Some values of a column."""

    __slots__ = ("_index", "_outer", "depth", "field")

    def __init__(self, outer: Place, index: Sequence[int]) -> None:
        self.depth = outer.depth
        self.field = outer.field
        self._outer = outer
        self._index = index

    def path(self, index: int) -> Path:
        return self._outer.path(self._index[index])

    def info(self, index: int) -> GraphQLResolveInfo[Any]:
        return self._outer.info(self._index[index])


class SharedPlace:
    """The distinct objects of a column, each where it is first. `rows` has the index of each value's object."""

    __slots__ = ("_outer", "_rows", "depth", "field")

    def __init__(self, outer: Place, rows: Sequence[int]) -> None:
        self.depth = outer.depth
        self.field = outer.field
        self._outer = outer
        self._rows = rows

    def path(self, index: int) -> Path:
        return self._outer.path(self._rows.index(index))

    def info(self, index: int) -> GraphQLResolveInfo[Any]:
        return self._outer.info(self._rows.index(index))


class LazyInfo(msgspec.Struct, eq=False):
    """An info that has the context, and builds everything else when a resolver asks for it."""

    context: Any
    _place: Place
    _index: int = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._place.info(self._index), name)
