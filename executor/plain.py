"""Plain fields: what objects hold just as their types expect it, read into rows by one comprehension."""

from __future__ import annotations

from collections.abc import Sequence
from keyword import iskeyword
from typing import Any

from executor.at_hand import AtHand
from executor.fallback import Fallback
from executor.instance_test import InstanceTest
from executor.leaf_shape import LeafShape
from executor.object_shape import ObjectShape
from executor.plan import AttributeName, Constant, Resolver
from executor.request import Request
from executor.row_code import Blank, Cell, Leaf, Nested, TypeName, can_be_read, compile_reader
from executor.rows import may_be_compiled

__all__ = ["Plain", "build_plain"]

PATIENCE = 8
"""Reads that may fail in a row before a reader pauses."""
PAUSE = 1_000
"""Reads that a paused reader leaves to the general path before it tries again."""


class Reader:
    """Reads fields into their cells, of which some are `at_hand`; `others` have blanks.

    Rows without blanks, which nobody looks into before they are encoded, may be `structs`.
    """

    def __init__(
        self, resolvers: Sequence[Resolver], cells: Sequence[Cell], *, structs: bool, at_hand: Sequence[AtHand] = ()
    ) -> None:
        self.others: Sequence[Resolver] = [
            resolver for resolver, cell in zip(resolvers, cells, strict=True) if isinstance(cell, Blank)
        ]
        self._read = compile_reader(cells, structs=structs and not self.others)
        self._at_hand = at_hand
        self._misses = 0
        self._paused = 0

    def is_due(self) -> bool:
        """Whether to try reading now. While the reader pauses, each call brings its next try nearer."""
        if self._paused == 0:
            return True
        self._paused -= 1
        return False

    def read(self, objects: Sequence[Any], request: Request) -> list[Any] | None:
        """A row for each object, or None if any value must be looked at alone. Then it will be read again."""
        if not self.is_due():
            return None
        try:
            rows = self._read(objects)
            if len(rows) == len(objects):
                for value in self._at_hand:
                    value.tell(objects, request.context_value)
                self._misses = 0
                return rows
        except Exception:  # what failed will fail again, in its own place
            rows = []
        self._misses += 1
        if self._misses >= PATIENCE:
            self._misses = PATIENCE - 1  # one more failure pauses again
            self._paused = PAUSE
            request.on_fallback(Fallback.ROW_BY_ROW)
        return None


class Near:
    """A reader for objects that have what is `own` at hand, in requests that may read it and what is `below`."""

    def __init__(self, reader: Reader, own: Sequence[AtHand], below: Sequence[AtHand]) -> None:
        self._reader = reader
        self._own = own
        self._guarded = [value for value in (*own, *below) if value.is_guarded]

    def reader(self, objects: Sequence[Any], request: Request) -> Reader | None:
        """The reader, if it is worth trying: as far as the first object and the request tell."""
        if not self._reader.is_due():
            return None
        try:
            for value in self._own:
                if not hasattr(objects[0], value.attribute):
                    return None
            for value in self._guarded:
                if not value.is_allowed(request.context_value):
                    return None
        except Exception:
            return None
        return self._reader


class Plain:
    """The fields of a selection that are read together: the plain ones, and with them what is at hand."""

    def __init__(self, resolvers: Sequence[Resolver], cells: Sequence[Cell], *, structs: bool) -> None:
        self._resolvers = resolvers
        self._cells = cells
        self._reader = None if _are_blank(cells) else Reader(resolvers, cells, structs=structs)
        self._near: Near | None = None
        self._may_be_near = any(resolver.at_hand for resolver in resolvers)

    def reader(self, objects: Sequence[Any], request: Request) -> Reader | None:
        """What reads these objects, if anything does."""
        if self._may_be_near and self._near is None:
            self._near = _find_near(self._resolvers, self._cells, request)
            self._may_be_near = self._near is not None
        near = None if self._near is None else self._near.reader(objects, request)
        return near or self._reader


def build_plain(resolvers: Sequence[Resolver], *, structs: bool) -> Plain | None:
    """None where nothing is read together, or a resolver beside it is called with one object at a time."""
    cells = [_plain_cell(resolver) or Blank(resolver.field.key) for resolver in resolvers]
    if not all(resolver.shareable for resolver in resolvers) or not can_be_read(cells):
        return None
    if _are_blank(cells) and not any(resolver.at_hand for resolver in resolvers):
        return None
    return Plain(resolvers, cells, structs=structs)


def _are_blank(cells: Sequence[Cell]) -> bool:
    return all(isinstance(cell, Blank) for cell in cells)


def _find_near(resolvers: Sequence[Resolver], plain: Sequence[Cell], request: Request) -> Near | None:
    """What is plain, and as much as can be read of what is at hand."""
    cells = list(plain)
    own: list[AtHand] = []
    below: list[AtHand] = []
    for place, resolver in enumerate(resolvers):
        value = resolver.at_hand
        if value is None:
            continue
        leaf = _leaf(resolver, value.attribute)
        cell, found = (leaf, []) if leaf else _nested(resolver, value.attribute, request)
        if cell is not None:
            cells[place] = cell
            own.append(value)
            below += found
    if not own or not can_be_read(cells):
        return None
    return Near(Reader(resolvers, cells, structs=request.structs, at_hand=own), own, below)


def _plain_cell(resolver: Resolver) -> Cell | None:
    match resolver.source:
        case Constant(text):
            return TypeName(resolver.field.key, text) if may_be_compiled([text]) else None
        case AttributeName(name):
            return _leaf(resolver, name)
    return None


def _leaf(resolver: Resolver, attribute: str) -> Leaf | None:
    shape, field = resolver.shape, resolver.field
    if not isinstance(shape, LeafShape) or shape.serialiser is None or not _may_be_written(attribute):
        return None
    test = field.parent_type.is_type_of
    promise = test.promise(attribute) if type(test) is InstanceTest else None
    return Leaf(field.key, attribute, shape.required, shape.serialiser.test, promise)


def _nested(resolver: Resolver, attribute: str, request: Request) -> tuple[Nested | None, list[AtHand]]:
    """An object all of whose fields are leaves, and what must be at hand for them."""
    shape = resolver.shape
    if not isinstance(shape, ObjectShape) or shape.instance_test is None or not _may_be_written(attribute):
        return None, []
    try:
        resolvers = shape.selection(request).resolvers
    except Exception:  # it meets this again in its own place
        return None, []
    near = [below.at_hand for below in resolvers]
    cells = [
        _leaf(below, value.attribute) if value else _plain_cell(below)
        for below, value in zip(resolvers, near, strict=True)
    ]
    if not all(cells) or any(value.on_read for value in near if value):
        return None, []
    nested = Nested(
        resolver.field.key,
        attribute,
        shape.instance_test.kind,
        shape.required,
        [cell for cell in cells if cell],
    )
    return nested, [value for value in near if value]


def _may_be_written(attribute: str) -> bool:
    return may_be_compiled([attribute]) and not iskeyword(attribute)
