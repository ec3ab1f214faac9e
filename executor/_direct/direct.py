"""Direct fields: read from attributes of their objects, all at once, with no call of a resolver."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from executor._direct.cells import direct_cell, prefetched_cell
from executor._direct.reader import PrefetchedReader, Reader
from executor._plan import Resolver
from executor._request import Request
from executor._rows.row_code import Blank, Cell, can_be_read
from executor._schema.prefetched import Prefetched

__all__ = ["DirectFields", "build_direct_fields"]


class DirectFields:
    """The direct fields of a selection, and with them the prefetched values of batched fields."""

    def __init__(self, resolvers: Sequence[Resolver], cells: Sequence[Cell], *, structs: bool) -> None:
        self._resolvers = resolvers
        self._cells = cells
        self._reader = None if _are_blank(cells) else Reader(resolvers, cells, structs=structs)
        self._prefetched: PrefetchedReader | None = None
        self._may_be_prefetched = any(resolver.prefetched for resolver in resolvers)

    def reader(self, objects: Sequence[Any], request: Request) -> Reader | None:
        """The reader that fits these objects; None if none does."""
        if self._may_be_prefetched and self._prefetched is None:
            self._prefetched = _build_prefetched_reader(self._resolvers, self._cells, request)
            self._may_be_prefetched = self._prefetched is not None
        prefetched = None if self._prefetched is None else self._prefetched.reader(objects, request)
        return prefetched or self._reader


def build_direct_fields(resolvers: Sequence[Resolver], *, structs: bool) -> DirectFields | None:
    """None if nothing can be read directly, or a resolver of another field could change the objects meanwhile."""
    cells = [direct_cell(resolver) or Blank(resolver.field.key) for resolver in resolvers]
    if not all(resolver.shareable for resolver in resolvers) or not can_be_read(cells):
        return None
    if _are_blank(cells) and not any(resolver.prefetched for resolver in resolvers):
        return None
    return DirectFields(resolvers, cells, structs=structs)


def _are_blank(cells: Sequence[Cell]) -> bool:
    return all(isinstance(cell, Blank) for cell in cells)


def _build_prefetched_reader(
    resolvers: Sequence[Resolver], direct: Sequence[Cell], request: Request
) -> PrefetchedReader | None:
    """Reads the direct fields, and as many prefetched values as can be read; None if there are none of these."""
    cells = list(direct)
    own: list[Prefetched] = []
    below: list[Prefetched] = []
    for index, resolver in enumerate(resolvers):
        if resolver.prefetched is None:
            continue
        cell, found = prefetched_cell(resolver, resolver.prefetched, request)
        if cell is not None:
            cells[index] = cell
            own.append(resolver.prefetched)
            below += found
    if not own or not can_be_read(cells):
        return None
    return PrefetchedReader(Reader(resolvers, cells, structs=request.structs, prefetched=own), own, below)
