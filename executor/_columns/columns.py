"""Columns: the values of one field, or of the items of its lists, for many objects."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Any, Protocol

import msgspec

from executor._columns.faults import FAILED, Faults, Part, merge

__all__ = ["Column", "Completed", "Lists", "Objects", "Rows", "Scattered"]


class Column(Protocol):
    """Columns are begun from the root down, level by level, and completed from the last level up."""

    def complete(self) -> Completed:
        """The values as they go into the response. The levels below are complete."""
        ...


class Completed(msgspec.Struct, frozen=True):
    """Values as they go into the response. A value with a fault is null or FAILED."""

    values: Sequence[Any]
    faults: Faults = {}

    def complete(self) -> Completed:
        return self

    def with_nulls(self, required: bool) -> Completed:
        """Null in place of each value that FAILED, unless the values are required."""
        if required or not self.faults:
            return self
        return Completed([None if value is FAILED else value for value in self.values], self.faults)


class Rows(Protocol):
    """The rows of a level, and their faults by index, once the level is complete."""

    @property
    def rows(self) -> Sequence[Any]: ...

    @property
    def faults(self) -> Faults: ...


class Objects:
    """A column of objects, which are the rows of a level. `index` has each value's row; None if they correspond."""

    __slots__ = ("_index", "_level")

    def __init__(self, level: Rows, index: Sequence[int] | None) -> None:
        self._level = level
        self._index = index

    def complete(self) -> Completed:
        rows, faults = self._level.rows, self._level.faults
        if self._index is None:
            return Completed(rows, faults)
        return Completed(
            list(map(rows.__getitem__, self._index)),
            {place: faults[row] for place, row in enumerate(self._index) if row in faults} if faults else {},
        )


class Lists:
    """A column of lists. The items of all lists are one column."""

    __slots__ = ("_items", "_required", "_sizes")

    def __init__(self, items: Column, sizes: Sequence[int], required: bool) -> None:
        self._items = items
        self._sizes = sizes
        self._required = required

    def complete(self) -> Completed:
        items = self._items.complete().with_nulls(self._required)
        if len(self._sizes) == 1:
            lists: list[Any] = [items.values]
        else:
            rest = iter(items.values)
            lists = [list(islice(rest, size)) for size in self._sizes]
        return Completed(lists, self._merge(lists, items) if items.faults else {})

    def _merge(self, lists: list[Any], items: Completed) -> Faults:
        """The faults of each list. A list whose required item failed becomes FAILED."""
        merged: Faults = {}
        first = 0
        for place, size in enumerate(self._sizes):
            parts = [
                Part(lists[place][item] is FAILED, [fault.under(item) for fault in items.faults[first + item]])
                for item in range(size)
                if first + item in items.faults
            ]
            first += size
            if parts:
                failed, merged[place] = merge(parts)
                if failed:
                    lists[place] = FAILED
        return merged


class Scattered:
    """A column whose values are in other columns, each with the index of its values; null where there is no value."""

    __slots__ = ("_faults", "_parts", "_size")

    def __init__(self, size: int, parts: Sequence[tuple[Column, Sequence[int]]], faults: Faults) -> None:
        self._size = size
        self._parts = parts
        self._faults = faults

    def complete(self) -> Completed:
        values: list[Any] = [None] * self._size
        faults = dict(self._faults)
        for place in faults:
            values[place] = FAILED
        for column, index in self._parts:
            completed = column.complete()
            for place, value in zip(index, completed.values, strict=True):
                values[place] = value
            for part, found in completed.faults.items():
                faults[index[part]] = found
        return Completed(values, faults)
