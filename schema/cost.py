"""What each field costs before anything runs, as docs/reference/limits.md explains. A test keeps the table whole.

A field costs its `weight` each time it is answered, `per_row` for each of its rows, for each item of a list what is
selected of it, and its arguments' values where they are many. An object costs 1, a scalar nothing, unless the table
says otherwise.
"""

from typing import Final, TypeAlias

import msgspec

from schema.connection import DEFAULT_PAGE, MAX_PAGE
from schema.property_mutation import MAX_CREATED
from schema.property_query import MAX_CITY_LISTING
from schema.query import MAX_NODES


class Page(msgspec.Struct, frozen=True):
    """As many rows as the first of these arguments that is given says, `most` at most."""

    arguments: tuple[str, ...]
    default: int
    most: int


class Length(msgspec.Struct, frozen=True):
    """As many rows as the list in this argument has items; lists above `most` are refused, whatever they cost."""

    argument: str
    most: int


class Fixed(msgspec.Struct, frozen=True):
    """So many rows, whatever is asked."""

    count: int


class Inherited(msgspec.Struct, frozen=True):
    """As many rows as the field above has that says so: a connection's nodes are as many as its page."""


Rows: TypeAlias = Page | Length | Fixed | Inherited


class Narrowing(msgspec.Struct, frozen=True):
    """A filter in this argument. Each of `fields` lets rows through that no index finds, and costs `weight`.

    Nothing where one of `unless` is given: its index leaves few rows to look at.
    """

    argument: str
    fields: tuple[str, ...]
    unless: tuple[str, ...]
    weight: int


class FieldCost(msgspec.Struct, frozen=True):
    """One field's. `item` is what each object costs, beside what is selected of it; `least` what both cost at least.

    A field that is an object and has a `Page` of rows reads them whatever is selected of it: it costs at least 1 for
    each row.
    """

    weight: int = 0
    per_row: int = 0
    rows: Rows | None = None
    item: int = 1
    least: int = 0
    narrowing: Narrowing | None = None


VALUES_FOR_ONE: Final = 25
"""Values of a field's arguments that cost 1 together, wherever they come from."""
CHARACTERS_OF_A_VALUE: Final = 200
"""A text counts as one value more for each of these."""

CONNECTION: Final = Page(("first", "last"), DEFAULT_PAGE, MAX_PAGE)
FORWARD: Final = Page(("first",), DEFAULT_PAGE, MAX_PAGE)
SEARCH: Final = Narrowing(
    "filter",
    fields=("region", "price", "minBedrooms", "minBathrooms", "area", "within"),
    unless=("city", "ownerId"),
    weight=50,
)
_OF_PAGE: Final = FieldCost(rows=Inherited())
_EDGES: Final = FieldCost(rows=Inherited(), item=0, least=1)
_COUNT: Final = FieldCost(weight=10)
_FEW: Final = FieldCost(rows=Fixed(1), item=0)
_WRITE: Final = FieldCost(weight=10)

COSTS: Final[dict[str, FieldCost]] = {
    "Query.propertiesByCity": FieldCost(weight=1, rows=Page(("limit",), DEFAULT_PAGE, MAX_CITY_LISTING)),
    "Query.properties": FieldCost(weight=1, rows=CONNECTION, narrowing=SEARCH),
    "Query.owners": FieldCost(weight=1, rows=CONNECTION),
    "Query.nodes": FieldCost(weight=1, rows=Length("ids", MAX_NODES)),
    "Owner.properties": FieldCost(weight=1, rows=FORWARD),
    "Owner.propertyCount": FieldCost(weight=1),
    "Property.priceHistory": FieldCost(weight=1, rows=FORWARD),
    "Mutation.createProperties": FieldCost(weight=10, per_row=1, rows=Length("inputs", MAX_CREATED)),
    "PropertiesPayload.properties": _OF_PAGE,
    # Introspection: lists of about the length they have here. `ofType` ends wherever it is asked for more.
    "__Schema.types": FieldCost(rows=Fixed(60)),
    "__Schema.directives": FieldCost(rows=Fixed(8)),
    "__Directive.args": FieldCost(rows=Fixed(2)),
    "__Directive.locations": FieldCost(rows=Fixed(1), item=0),
    "__Type.fields": FieldCost(rows=Fixed(6)),
    "__Type.inputFields": FieldCost(rows=Fixed(2)),
    "__Type.interfaces": FieldCost(rows=Fixed(1)),
    "__Type.possibleTypes": FieldCost(rows=Fixed(1)),
    "__Type.enumValues": FieldCost(rows=Fixed(1)),
    "__Type.ofType": FieldCost(item=0),
    "__Field.args": FieldCost(rows=Fixed(1)),
}

_OF_KINDS: Final = {
    ("Connection", "nodes"): _OF_PAGE,
    ("Connection", "edges"): _EDGES,
    ("Connection", "totalCount"): _COUNT,
    ("Connection", "totalCountIsExact"): _COUNT,
    ("Payload", "errors"): _FEW,
}
"""What fields of this name cost in every type whose name ends so."""
_OBJECT: Final = FieldCost()


def cost_of(type_name: str, field: str) -> FieldCost:
    """The table's, or that of every connection, payload or mutation."""
    found = COSTS.get(f"{type_name}.{field}")
    if found is not None:
        return found
    if type_name == "Mutation":
        return _WRITE
    return next((cost for (end, name), cost in _OF_KINDS.items() if name == field and type_name.endswith(end)), _OBJECT)
