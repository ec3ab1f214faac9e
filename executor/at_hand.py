"""What is at hand: values of batched fields that objects may have already."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any

from executor.values import each

__all__ = ["AtHand"]


class AtHand:
    """An attribute that may hold the value of a batched field without arguments, and be read where `allowed(context)`.

    Where every object of a level has it, the resolver is not called, and `on_read(objects, context)` hears of it.
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
        """Whether it may be read for this request."""
        return self._allowed is None or self._allowed(context)

    def values(self, objects: Sequence[Any], context: Any) -> list[Any] | None:
        """The value of each object, or None where the resolver is to be called."""
        if not self.is_allowed(context):
            return None
        try:
            found = list(map(self._read, objects))
        except AttributeError:
            return None
        except Exception:
            found = each(len(objects), map(self._read, objects))
        self.tell(objects, context)
        return found

    def tell(self, objects: Sequence[Any], context: Any) -> None:
        """The values of these objects were read."""
        if self.on_read is not None:
            self.on_read(objects, context)
