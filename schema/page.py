"""Pages: what connections resolve from."""

from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec

from schema.cursor import Scope
from storage.search import Keyset

KeysetOf = Callable[[Any], Keyset]


class Window(msgspec.Struct, frozen=True):
    """The part of a list that the paging arguments ask for: `size` rows behind `start`, or before it.

    `limit` is how many rows are read: one more if somebody wants to know whether there is more.
    """

    size: int
    limit: int
    start: Keyset | None
    backward: bool = False


class PageKind(NamedTuple):
    """What the key of a read says of the list that its page is of, worked out where it is asked for.

    Every page of one list has the same scope, so that any key of it will do.
    """

    scope_of: Callable[[Any], Scope]
    keyset_of: Callable[[Any], KeysetOf]


def pages_of_search(name: str, keyset_of: Callable[[Any], KeysetOf]) -> PageKind:
    """Those of searches under this name; `keyset_of` an order."""
    return PageKind(
        scope_of=lambda search: Scope(name, search.filter, search.order),
        keyset_of=lambda search: keyset_of(search.order),
    )


class Page(msgspec.Struct, frozen=True, gc=False):
    """What was read for `key`: up to as many rows as the window's limit."""

    rows: list[Any]
    window: Window
    key: Any
    kind: PageKind

    def seen(self) -> list[Any]:
        """The rows without the extra one."""
        size = self.window.size
        if len(self.rows) <= size:
            return self.rows
        return self.rows[1:] if self.window.backward else self.rows[:size]

    def scope(self) -> Scope:
        """What the page's cursors are bound to."""
        return self.kind.scope_of(self.key)

    def keyset_of(self) -> KeysetOf:
        """Where a row stands in the list's order."""
        return self.kind.keyset_of(self.key)


def newest(row: Any) -> Keyset:
    """Where a listing or an owner stands among others, newest first."""
    return Keyset(row.created_at, row.id)
