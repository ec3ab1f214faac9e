"""Plans: what a run does for a selection, whatever the request.

A plan doesn't know the run that begins it: the run passes itself to resolvers and shapes, which see the protocol `Run`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, NamedTuple, Protocol

from graphql import GraphQLObjectType

from executor._columns.awaited import Awaited
from executor._columns.columns import Column, Completed, Rows
from executor._columns.faults import Fault
from executor._columns.places import FieldPlace, Place
from executor._field import Field
from executor._request import Request
from executor._rows.assembly import compile_rows
from executor._schema.prefetched import Prefetched

__all__ = ["AttributeName", "Constant", "DirectFields", "Resolver", "RowReader", "Run", "Selection", "Shape"]


class Run(Protocol):
    """What resolvers and shapes use of the run that begins them."""

    request: Request

    def fail(self, cause: Exception, field: Field) -> list[Fault]:
        """The faults of a value that could not be completed."""
        ...

    def wait_for(self, column: Awaited) -> Column:
        """Has the run await the column. Returns the column."""
        ...

    def enter(self, selection: Selection, objects: Sequence[Any], place: Place) -> Rows:
        """Adds a level below, whose rows are there once the run is complete."""
        ...


class Shape(Protocol):
    """How the values of a type are completed; `required` if the type is non-null."""

    required: bool

    def serialize(self, values: Sequence[Any]) -> Completed | None:
        """The whole column at once; None if each value must be completed by itself."""
        ...

    def begin(self, values: Sequence[Any], place: Place, run: Run) -> Column:
        """Begins a column of values, which may be awaitables, exceptions and nulls too."""
        ...

    def shareable(self, request: Request) -> bool:
        """Whether an object that appears many times in a column may be completed once."""
        ...


class Constant(NamedTuple):
    """The text that the field has for every object."""

    text: str


class AttributeName(NamedTuple):
    """The attribute of the object that is the field's value."""

    name: str


class Resolver(ABC):
    """Finds the values of one field of a selection for all objects of a level; `shape` completes them."""

    shareable: ClassVar[bool]
    """Whether an object that appears many times in a level may be resolved once."""
    source: Constant | AttributeName | None = None
    """Where the value can be read without calling anything; None if it can't."""
    prefetched: Prefetched | None = None
    """The attribute in which objects may hold the value already."""

    def __init__(self, field: Field, shape: Shape) -> None:
        self.field = field
        self.shape = shape

    @abstractmethod
    def begin(self, objects: Sequence[Any], parent: Place | None, run: Run) -> Column:
        """Begins the field's column. `parent` is the place of the objects; None at the root."""

    def place(self, parent: Place | None, run: Run) -> FieldPlace:
        """The place of the field's values."""
        return FieldPlace(run.request, self.field, parent, 0 if parent is None else parent.depth + 1)


class RowReader(Protocol):
    """Reads fields of a selection from many objects at once."""

    others: Sequence[Resolver]
    """The fields that it does not read: null in its rows, until they are complete."""

    def read(self, objects: Sequence[Any], request: Request) -> list[Any] | None:
        """A row for each object; None if a value must be completed by itself."""
        ...


class DirectFields(Protocol):
    def reader(self, objects: Sequence[Any], request: Request) -> RowReader | None:
        """The reader that fits these objects and this request; None if none does."""
        ...


class Selection:
    """The fields selected on one object type."""

    __slots__ = ("_compiled", "_shareable", "direct", "resolvers", "type")

    def __init__(
        self, type_: GraphQLObjectType, resolvers: Sequence[Resolver], direct: DirectFields | None = None
    ) -> None:
        self.type = type_
        self.resolvers = resolvers
        self.direct = direct
        self._compiled: Callable[[Sequence[Sequence[Any]]], list[dict[str, Any]]] | None = None
        self._shareable: bool | None = None

    def rows(self, size: int, columns: Sequence[Sequence[Any]]) -> list[Any]:
        """The rows of `size` objects, from a column for each field."""
        if not columns:
            return [{} for _ in range(size)]
        if self._compiled is None:
            self._compiled = compile_rows(tuple(resolver.field.key for resolver in self.resolvers))
        return self._compiled(columns)

    def shareable(self, request: Request) -> bool:
        """Whether an object that appears many times in a level may have one row."""
        if self._shareable is None:
            self._shareable = all(
                resolver.shareable and resolver.shape.shareable(request) for resolver in self.resolvers
            )
        return self._shareable

    def one_by_one(self) -> list[Selection]:
        """A selection for each field: the root fields of a mutation run one after the other."""
        return [Selection(self.type, (resolver,)) for resolver in self.resolvers]
