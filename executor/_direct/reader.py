"""Readers: they read the fields of many objects into rows by one comprehension."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from executor._fallback import Fallback
from executor._plan import Resolver
from executor._request import Request
from executor._rows.row_code import Blank, Cell, compile_reader
from executor._schema.prefetched import Prefetched

__all__ = ["PATIENCE", "PAUSE", "PrefetchedReader", "Reader"]

PATIENCE = 8
"""Reads that may fail in a row before a reader pauses."""
PAUSE = 1_000
"""Reads that a paused reader leaves to the general path before it tries again."""


class Reader:
    """Reads fields into their cells, some of them `prefetched` values. `others` are the fields that have blank cells.

    Rows without blanks, which nothing changes before they are encoded, may be `structs`.
    """

    def __init__(
        self,
        resolvers: Sequence[Resolver],
        cells: Sequence[Cell],
        *,
        structs: bool,
        prefetched: Sequence[Prefetched] = (),
    ) -> None:
        pairs = zip(resolvers, cells, strict=True)
        self.others: Sequence[Resolver] = [resolver for resolver, cell in pairs if isinstance(cell, Blank)]
        self._read = compile_reader(cells, structs=structs and not self.others)
        self._prefetched = prefetched
        self._misses = 0
        self._paused = 0

    def is_due(self) -> bool:
        """Whether to try reading now. While the reader pauses, each call brings its next try nearer."""
        if self._paused == 0:
            return True
        self._paused -= 1
        return False

    def read(self, objects: Sequence[Any], request: Request) -> list[Any] | None:
        """A row for each object; None if any value must be checked by itself. The general path reads it again then."""
        if not self.is_due():
            return None
        try:
            rows = self._read(objects)
            if len(rows) == len(objects):
                for value in self._prefetched:
                    value.report(objects, request.context_value)
                self._misses = 0
                return rows
        except Exception:  # the general path meets it again, and reports it at its path
            rows = []
        self._misses += 1
        if self._misses >= PATIENCE:
            self._misses = PATIENCE - 1  # one more failure pauses again
            self._paused = PAUSE
            request.on_fallback(Fallback.ROW_BY_ROW)
        return None


class PrefetchedReader:
    """A reader for objects that hold `own` prefetched values, whose own objects hold those `below`."""

    def __init__(self, reader: Reader, own: Sequence[Prefetched], below: Sequence[Prefetched]) -> None:
        self._reader = reader
        self._own = own
        self._guarded = [value for value in (*own, *below) if value.is_guarded]

    def reader(self, objects: Sequence[Any], request: Request) -> Reader | None:
        """The reader if it is worth trying: if the first object has the values, and the request may read them."""
        if not self._reader.is_due():
            return None
        try:
            for value in self._own:
                if not hasattr(objects[0], value.attribute):
                    return None
            for value in self._guarded:
                if not value.is_allowed(request.context_value):
                    return None
        except Exception:  # the general path meets it again, and reports it at its path
            return None
        return self._reader
