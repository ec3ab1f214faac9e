"""Levels: one selection for many objects, from the columns of its fields to rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from executor._columns.columns import Column, Completed
from executor._columns.faults import FAILED, Faults, Part, merge
from executor._columns.places import Place
from executor._plan import Resolver, Run, Selection

__all__ = ["Level"]


class Level(msgspec.Struct, eq=False):
    """A selection for all its objects at once. `place` is that of the objects; None at the root.

    `rows` and `faults` are there once the level is complete.
    """

    selection: Selection
    objects: Sequence[Any]
    place: Place | None = None
    rows: list[Any] = []
    faults: Faults = {}
    columns: Sequence[Column] = ()
    _resolvers: Sequence[Resolver] = ()
    _read: list[dict[str, Any]] | None = None

    def begin(self, run: Run) -> None:
        """Reads direct fields into rows if it can, and begins the columns of all others."""
        self._resolvers = self.selection.resolvers
        direct = self.selection.direct
        reader = None if direct is None else direct.reader(self.objects, run.request)
        if reader is not None and reader.others:
            self._read = reader.read(self.objects, run.request)
            if self._read is not None:
                self._resolvers = reader.others
        self.columns = [resolver.begin(self.objects, self.place, run) for resolver in self._resolvers]

    def complete(self) -> None:
        """Assembles the rows. The levels below are complete."""
        self.faults = {}
        columns: list[Completed] = []
        values: list[Sequence[Any]] = []
        faulty = False
        for waited in self.columns:
            column = waited.complete()
            columns.append(column)
            values.append(column.values)
            if column.faults:
                faulty = True
        if faulty:
            self._complete_faulty(columns)
        else:
            self._assemble(values)

    def _assemble(self, columns: Sequence[Sequence[Any]]) -> None:
        if self._read is None:
            self.rows = self.selection.rows(len(self.objects), columns)
            return
        for resolver, values in zip(self._resolvers, columns, strict=True):
            key = resolver.field.key
            for row, value in zip(self._read, values, strict=True):
                row[key] = value
        self.rows = self._read

    def _complete_faulty(self, columns: Sequence[Completed]) -> None:
        columns = [
            column.with_nulls(resolver.shape.required)
            for resolver, column in zip(self._resolvers, columns, strict=True)
        ]
        self._assemble([column.values for column in columns])
        self.rows = [*self.rows]
        parts: dict[int, list[Part]] = {}
        for resolver, column in zip(self._resolvers, columns, strict=True):
            key = resolver.field.key
            for row, faults in column.faults.items():
                failed = column.values[row] is FAILED
                parts.setdefault(row, []).append(Part(failed, [fault.under(key) for fault in faults]))
        for row, met in parts.items():
            failed, self.faults[row] = merge(met)
            if failed:
                self.rows[row] = FAILED
