"""Narrowing: copies of a store that read the selected fields alone, or published listings alone."""

from collections.abc import Callable
from copy import copy
from functools import lru_cache
from typing import Any, Self

from storage.record import Fields
from storage.visibility import EVERY_LISTING, PUBLISHED_LISTINGS

MOST_SELECTIONS = 64
"""Selections of fields that a store is ready for at once: each has its own statements, which databases prepare."""

_EVERY_FIELD = Fields()


class Narrowing:
    """A store's `selecting` and `published`, which keep the copies last used.

    What a store and its copies have must be one object.
    """

    def __init__(self) -> None:
        self.visibility = EVERY_LISTING
        self._published: Self | None = None
        self._select: Callable[[Fields], Any] = lru_cache(MOST_SELECTIONS)(self._narrow)

    def selecting(self, fields: Fields) -> Self:
        narrowed: Self = self if fields == _EVERY_FIELD else self._select(fields)
        return narrowed

    @property
    def published(self) -> Self:
        if self.visibility.hides:
            return self
        if self._published is None:
            self._published = self._hide()
        return self._published

    def _narrow(self, fields: Fields) -> Self:
        """A copy for these fields, which are not all."""
        narrowed = copy(self)
        narrowed._published = None
        return narrowed

    def _hide(self) -> Self:
        """A copy for which published listings alone exist."""
        hiding = copy(self)
        hiding.visibility = PUBLISHED_LISTINGS
        hiding._select = lru_cache(MOST_SELECTIONS)(hiding._narrow)
        return hiding
