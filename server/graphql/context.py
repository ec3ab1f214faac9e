"""What one request's resolvers share."""

from collections.abc import Sequence

from msgspec import field
from starlette.datastructures import MutableHeaders

from loaders.loaders import Loaders
from schema.context import Context
from schema.reads import Needs
from schema.viewer import NOBODY, Viewer
from server.graphql.response_cache import Answers
from server.http import consistency_token
from server.observability.trace import Trace
from storage.provenance import Provenance
from storage.store import Reads, Writes
from storage.view import EVERYTHING, PUBLISHED, view_of


class RequestContext(Context):
    """What the server knows of a request besides; resolvers have no use for it.

    `headers` go out with the response, as ASGI has them. `cost` is the operation's, once it is known. `answers` are
    there if the request may be given one of them. `bound` is the cache's. `trace` hears of the request. `is_safe` is
    set for the HTTP methods that must change nothing (RFC 9110, 9.2.1).
    """

    address: str = ""
    wants_cost: bool = False
    cost: int | None = None
    answers: Answers | None = None
    bound: float = 0.0
    trace: Trace | None = None
    is_safe: bool = False
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)

    def select(self, needs: Needs) -> None:
        """Load no more than this, if nothing was loaded yet."""
        self.loaders.select(view_of(needs.projection, self.loaders.view.visibility))
        self.looks_ahead = needs.page_info or self.loaders.store.keeps_pages

    def note_write(self) -> None:
        """Also mark the response: whoever sends the mark back reads nothing older from a cache."""
        super().note_write()
        MutableHeaders(raw=self.headers)[consistency_token.HEADER] = consistency_token.write_mark(self.bound)


def build_context(
    reads: Reads,
    store: Writes,
    currency: str,
    viewer: Viewer = NOBODY,
    *,
    address: str = "",
    wants_cost: bool = False,
    answers: Answers | None = None,
    bound: float = 0.0,
    trace: Trace | None = None,
    headers: list[tuple[bytes, bytes]] | None = None,
    committed: dict[str, Sequence[str]] | None = None,
    is_safe: bool = False,
) -> RequestContext:
    """A context with loaders of its own: nothing is remembered from one request to the next.

    What its loaders read is what exists for the viewer: no resolver has to ask whether a listing is published.
    The trace hears of loads too, if it is wanted; their provenance is noted if an answer may be kept.
    """
    listener = trace.listen if trace is not None and trace.wanted else None
    provenance = None if answers is None else Provenance()
    return RequestContext(
        store,
        Loaders(reads, EVERYTHING if viewer.sees_unpublished else PUBLISHED, listener, provenance),
        currency,
        viewer,
        address=address,
        wants_cost=wants_cost,
        answers=answers,
        bound=bound,
        trace=trace,
        headers=[] if headers is None else headers,
        committed={} if committed is None else committed,
        is_safe=is_safe,
    )
