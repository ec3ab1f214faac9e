"""Relay connections: pages of a keyset. If `pageInfo` is selected, one extra row tells whether another page follows.

Specification: https://relay.dev/graphql/connections.htm
"""

from collections.abc import Awaitable, Hashable, Iterable, Sequence
from typing import Annotated, Any, Generic, TypeVar

import strawberry

from executor import batched
from loaders.loader import StoreLoader
from schema.argument import check_range
from schema.context import Info
from schema.cursor import Scope, decode_cursor, encode_cursor
from schema.errors import BadInput
from schema.page import KeysetOf, Page, PageKind, Window
from schema.reads import PROVED
from storage.search import Keyset

DEFAULT_PAGE = 20
MAX_PAGE = 100

First = Annotated[
    int | None, strawberry.argument(description="The page's size from its start, 0 to 100; by default 20.")
]
After = Annotated[str | None, strawberry.argument(description="Start behind this cursor.")]
Last = Annotated[int | None, strawberry.argument(description="The page's size from its end, 0 to 100.")]
Before = Annotated[str | None, strawberry.argument(description="End before this cursor.")]

Key = TypeVar("Key", bound=Hashable)
Node = TypeVar("Node")


@strawberry.type(description="Where a page stands among the others.")
class PageInfo:
    """See the Relay specification."""

    has_next_page: bool = strawberry.field(description="Whether more follows, in the connection's order.")
    has_previous_page: bool = strawberry.field(description="Whether more comes before, in the connection's order.")
    start_cursor: str | None = strawberry.field(description="The first edge's cursor; null on an empty page.")
    end_cursor: str | None = strawberry.field(description="The last edge's cursor; null on an empty page.")


@strawberry.type(description="One row of a page and its cursor.")
class Edge(Generic[Node]):
    """A row's place is worked out only where its cursor is selected."""

    node: Node = strawberry.field(description="The row.")
    scope: strawberry.Private[Scope]
    keyset_of: strawberry.Private[KeysetOf]

    @batched(description="The row's place: `after` or `before` it, with the same filter and order.", metadata=PROVED)
    def cursor(parents: "list[Edge[Node]]", info: Info) -> list[str]:
        """Opaque texts."""
        return [encode_cursor(edge.scope, edge.keyset_of(edge.node)) for edge in parents]


@strawberry.type(description="A page of rows.")
class Connection(Generic[Node]):
    """Resolves from `schema.page.Page`."""

    @batched(description="The page's rows, each with its cursor.", graphql_type=list[Edge[Node]], metadata=PROVED)
    def edges(parents: list[Page], info: Info) -> list[list[Edge[Any]]]:
        """In the connection's order."""
        return [_edges(parent) for parent in parents]

    @batched(
        description="The page's rows, for clients that need no cursor of each.",
        graphql_type=list[Node],
        metadata=PROVED,
    )
    def nodes(parents: list[Page], info: Info) -> list[list[Any]]:
        """In the connection's order."""
        return [parent.seen() for parent in parents]

    @batched(description="Where this page stands.", metadata=PROVED)
    def page_info(parents: list[Page], info: Info) -> list[PageInfo]:
        """Cursors of the pages' ends, and whether there is more."""
        return [_page_info(parent) for parent in parents]


def _edges(page: Page) -> list[Edge[Any]]:
    scope, keyset_of = page.scope(), page.keyset_of()
    return [Edge(node=row, scope=scope, keyset_of=keyset_of) for row in page.seen()]


def _page_info(page: Page) -> PageInfo:
    seen, window = page.seen(), page.window
    more = len(page.rows) > window.size
    started = window.start is not None
    scope, keyset_of = page.scope(), page.keyset_of()
    return PageInfo(
        has_next_page=started if window.backward else more,
        has_previous_page=more if window.backward else started,
        start_cursor=encode_cursor(scope, keyset_of(seen[0])) if seen else None,
        end_cursor=encode_cursor(scope, keyset_of(seen[-1])) if seen else None,
    )


def load_pages(
    loader: StoreLoader[Key, list[Any]], keys: list[Key], window: Window, kind: PageKind
) -> Awaitable[list[Page]] | list[Page]:
    """The page of each key's list. A window without rows reads none."""

    def pages(found: Sequence[list[Any]]) -> list[Page]:
        return [Page(rows, window, key, kind) for key, rows in zip(keys, found, strict=True)]

    return loader.load_level(keys).then(pages) if window.limit else pages([[] for _ in keys])


def forward_window(
    info: Info, scopes: Iterable[Scope], first: int | None, after: str | None, kind: type[int] | type[str] = int
) -> Window:
    """The window of `first` and `after` in each of these lists. A cursor belongs to one of them. Raises BadInput."""
    starts = [] if after is None else [decode_cursor("after", scope, after, kind) for scope in scopes]
    return _window(info, "first", first, starts[0] if starts else None)


def window_of(
    info: Info,
    scope: Scope,
    *,
    first: int | None,
    after: str | None,
    last: int | None,
    before: str | None,
    kind: type[int] | type[str] = int,
) -> Window:
    """The window of Relay's four arguments: `first` with `after`, or `last` with `before`. Raises BadInput."""
    if last is None and before is None:
        return forward_window(info, [scope], first, after, kind)
    if first is not None or after is not None:
        raise BadInput("last" if last is not None else "before", "can't be combined with first or after")
    start = None if before is None else decode_cursor("before", scope, before, kind)
    return _window(info, "last", last, start, backward=True)


def _window(info: Info, argument: str, given: int | None, start: Keyset | None, *, backward: bool = False) -> Window:
    size = DEFAULT_PAGE if given is None else check_range(argument, given, least=0, most=MAX_PAGE)
    return Window(size, size + info.context.looks_ahead, start, backward)
