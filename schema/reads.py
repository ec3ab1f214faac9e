"""What a document needs, whatever its variables are: which fields of records, and whether pages are looked beyond.

A field of an owner or a listing reads its attribute. One with a resolver says by `reads(…)` what that looks at; of one
that says nothing, everything may be needed.
"""

from collections.abc import Iterable
from typing import Any

import msgspec
from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLField,
    GraphQLSchema,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    visit,
)
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.field import StrawberryField

from storage.projection import Projection, build_projection
from storage.reads import READS
from storage.record import Partial
from storage.tables import TABLES

_TABLES = {table.record.__name__: table for table in TABLES if issubclass(table.record, Partial)}
"""The tables whose records may be read in part, by the name of their type in the schema."""
_KEYSETS = {
    name: {
        table.field_of(order.column) for read in READS.values() if read.record is table.record for order in read.orders
    }
    for name, table in _TABLES.items()
}
"""The fields that a place in any order of such records is made of, besides the id."""
_PAGE_INFO = "pageInfo"
_PLACED = {"cursor", _PAGE_INFO}
_READS = "reads"
_PROVED = "proved"
PROVED: dict[Any, Any] = {_PROVED: True}
"""The metadata of a field whose resolver looks at its parents, its arguments, the settings and what loaders read.

An answer of such fields may be kept for as long as what the loaders read holds. A field that reads anything else, a
clock or another service, must not say so.
"""


def reads(*fields: str) -> dict[Any, Any]:
    """The metadata of a proved field whose resolver looks at no others of its parents than these and the id."""
    return {_READS: fields} | PROVED


class Needs(msgspec.Struct, frozen=True):
    """The fields of records, whether any page is asked for its neighbors, and whether every field `is_proved`."""

    projection: Projection
    page_info: bool
    is_proved: bool


def needs_of(schema: GraphQLSchema, document: DocumentNode) -> Needs:
    """What the fields of a valid document need, of all its operations and fragments together."""
    types = TypeInfo(schema)
    collector = _Collector(types)
    visit(document, TypeInfoVisitor(types, collector))
    needed = collector.needed
    prefetched = [field for name, table in _TABLES.items() for field in table.refers if field in needed[name]]
    fields = build_projection({_TABLES[name].record: read for name, read in needed.items()}, prefetched=prefetched)
    return Needs(fields, collector.page_info, collector.is_proved)


class _Collector(Visitor):
    def __init__(self, types: TypeInfo) -> None:
        super().__init__()
        self.needed: dict[str, set[str]] = {name: set() for name in _TABLES}
        self.page_info = False
        self.is_proved = True
        self._types = types

    def enter_field(self, node: FieldNode, *_: object) -> None:
        parent, definition = self._types.get_parent_type(), self._types.get_field_def()
        name = node.name.value
        if parent is None or definition is None or name.startswith("__"):
            return
        self.is_proved = self.is_proved and is_proved(definition)
        if parent.name in _TABLES:
            declared = definition.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
            self.needed[parent.name].update(_read_by(declared, _TABLES[parent.name].fields))
        elif name in _PLACED:
            for record, keyset in _KEYSETS.items():
                self.needed[record].update(keyset)
            self.page_info = self.page_info or name == _PAGE_INFO


def is_proved(definition: GraphQLField) -> bool:
    """Whether the field reads its parent's attribute, or says that it is `PROVED`."""
    declared = definition.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    return isinstance(declared, StrawberryField) and (declared.is_basic_field or _PROVED in declared.metadata)


def _read_by(declared: object, all_fields: tuple[str, ...]) -> Iterable[str]:
    if isinstance(declared, StrawberryField):
        if _READS in declared.metadata:
            return declared.metadata[_READS]  # type: ignore[no-any-return]
        if declared.is_basic_field and declared.python_name in all_fields:
            return (declared.python_name,)
    return all_fields
