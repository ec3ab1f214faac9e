"""Prefetched values: an object may hold the value of a batched field already."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any

from executor._columns.values import results_of

__all__ = ["Prefetched"]


class Prefetched:
    """The attribute that may hold the value of a batched field without arguments.

    If every object of a level has the attribute, it is read and the resolver is not called. `allowed(context)` decides
    once for each level whether the request may read it; by default it may. `on_read(objects, context)` is called for
    each level that was read.
    """

    def __init__(
        self,
        attribute: str,
        *,
        allowed: Callable[[Any], bool] | None = None,
        on_read: Callable[[Sequence[Any], Any], None] | None = None,
    ) -> None:
        self.attribute = attribute
        self.on_read = on_read
        self.is_guarded = allowed is not None
        self._allowed = allowed
        self._read = attrgetter(attribute)

    def is_allowed(self, context: Any) -> bool:
        """Whether this request may read the attribute."""
        return self._allowed is None or self._allowed(context)

    def values(self, objects: Sequence[Any], context: Any) -> list[Any] | None:
        """A value or an exception for each object; None if the resolver must be called."""
        if not self.is_allowed(context):
            return None
        try:
            found = list(map(self._read, objects))
        except AttributeError:
            return None
        except Exception:
            found = results_of(len(objects), map(self._read, objects))
        self.report(objects, context)
        return found

    def report(self, objects: Sequence[Any], context: Any) -> None:
        """Calls `on_read`, after the values of these objects were read."""
        if self.on_read is not None:
            self.on_read(objects, context)
