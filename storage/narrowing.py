"""Narrowing: copies of a store that read the selected fields alone."""

from collections.abc import Callable
from copy import copy
from functools import lru_cache
from typing import Any, Self

from storage.record import Fields

MOST_SELECTIONS = 64
"""Selections of fields that a store is ready for at once: each has its own statements, which databases prepare."""

_EVERY_FIELD = Fields()


class Narrowing:
    """A store's `selecting`, which keeps the copies last used. What a store and its copies have must be one object."""

    def __init__(self) -> None:
        self._select: Callable[[Fields], Any] = lru_cache(MOST_SELECTIONS)(self._narrow)

    def selecting(self, fields: Fields) -> Self:
        narrowed: Self = self if fields == _EVERY_FIELD else self._select(fields)
        return narrowed

    def _narrow(self, fields: Fields) -> Self:
        """A copy for these fields, which are not all."""
        return copy(self)
