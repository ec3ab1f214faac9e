"""Cells of resolvers: what of a field can be read by compiled code."""

from __future__ import annotations

from collections.abc import Sequence
from keyword import iskeyword

from executor._fields.leaf import LeafShape
from executor._fields.object import ObjectShape
from executor._plan import AttributeName, Constant, Resolver
from executor._request import Request
from executor._rows.assembly import may_be_compiled
from executor._rows.row_code import Cell, Leaf, Nested, TypeName
from executor._schema.instance_of import InstanceOf
from executor._schema.prefetched import Prefetched

__all__ = ["direct_cell", "prefetched_cell"]


def direct_cell(resolver: Resolver) -> Cell | None:
    """The cell of a field that is read from its object; None for any other."""
    match resolver.source:
        case Constant(text):
            return TypeName(resolver.field.key, text) if may_be_compiled([text]) else None
        case AttributeName(name):
            return _leaf(resolver, name)
    return None


def prefetched_cell(
    resolver: Resolver, prefetched: Prefetched, request: Request
) -> tuple[Cell | None, Sequence[Prefetched]]:
    """The cell of a batched field whose value its object holds, and the prefetched values that it needs below.

    None where the value is neither a leaf nor an object of leaves.
    """
    leaf = _leaf(resolver, prefetched.attribute)
    return (leaf, ()) if leaf else _nested(resolver, prefetched.attribute, request)


def _leaf(resolver: Resolver, attribute: str) -> Leaf | None:
    shape, field = resolver.shape, resolver.field
    if not isinstance(shape, LeafShape) or shape.serializer is None or not _is_identifier(attribute):
        return None
    test = field.parent_type.is_type_of
    promise = test.promise(attribute) if type(test) is InstanceOf else None
    return Leaf(field.key, attribute, shape.required, shape.serializer, promise)


def _nested(resolver: Resolver, attribute: str, request: Request) -> tuple[Nested | None, Sequence[Prefetched]]:
    shape = resolver.shape
    if not isinstance(shape, ObjectShape) or shape.instance_of is None or not _is_identifier(attribute):
        return None, ()
    try:
        below = shape.selection(request).resolvers
    except Exception:  # the field's own shape meets it again, and reports it at its path
        return None, ()
    prefetched = [resolver.prefetched for resolver in below if resolver.prefetched]
    if any(value.on_read for value in prefetched):
        return None, ()
    cells = [
        _leaf(resolver, resolver.prefetched.attribute) if resolver.prefetched else direct_cell(resolver)
        for resolver in below
    ]
    found = [cell for cell in cells if cell is not None]
    if len(found) < len(cells):
        return None, ()
    return Nested(resolver.field.key, attribute, shape.instance_of.kind, shape.required, found), prefetched


def _is_identifier(attribute: str) -> bool:
    return may_be_compiled([attribute]) and not iskeyword(attribute)
