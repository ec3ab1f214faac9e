"""What one request's resolvers share."""

from msgspec import field

from loaders.loaders import Loaders
from schema.context import Context
from schema.reads import Needs
from schema.viewer import NOBODY, Viewer
from server.graphql.response_cache import ResponseCache
from server.http.consistency_token import issue_token
from server.http.request import Effects
from server.observability.trace import Trace
from server.rate_limit.bucket import Rate
from storage.provenance import Provenance
from storage.store import Reads, Writes
from storage.view import EVERYTHING, PUBLISHED, view_of


class RequestContext(Context):
    """What the server knows of a request besides; resolvers have no use for it.

    `is_safe` is set for the HTTP methods that must change nothing (RFC 9110, 9.2.1). `cost` and `rate` are set by
    admission. `responses` is there if the request may be given a cached response. `max_staleness` of the cache is in
    seconds. `trace` hears of the request.
    """

    address: str = ""
    is_safe: bool = False
    wants_cost: bool = False
    cost: int | None = None
    rate: Rate | None = None
    effects: Effects = field(default_factory=Effects)
    responses: ResponseCache | None = None
    max_staleness: float = 0.0
    trace: Trace | None = None

    def select(self, needs: Needs) -> None:
        """Load no more than this, if nothing was loaded yet."""
        self.loaders.select(view_of(needs.projection, self.loaders.view.visibility))
        self.looks_ahead = needs.page_info or self.loaders.store.keeps_pages

    def note_write(self) -> None:
        """Also give the client a token: with it, no request reads anything older from a cache."""
        super().note_write()
        self.effects.consistency_token = issue_token(self.max_staleness)


def build_context(
    reads: Reads,
    store: Writes,
    currency: str,
    viewer: Viewer = NOBODY,
    *,
    address: str = "",
    is_safe: bool = False,
    wants_cost: bool = False,
    effects: Effects | None = None,
    responses: ResponseCache | None = None,
    max_staleness: float = 0.0,
    trace: Trace | None = None,
) -> RequestContext:
    """A context with loaders of its own: nothing is remembered from one request to the next.

    The loaders read only what exists for the viewer, so no resolver has to ask whether a listing is published.
    The trace hears of loads too, if it is wanted; their provenance is noted if the response may be cached.
    """
    listener = trace.listen if trace is not None and trace.wanted else None
    provenance = None if responses is None else Provenance()
    effects = Effects() if effects is None else effects
    return RequestContext(
        store,
        Loaders(reads, EVERYTHING if viewer.sees_unpublished else PUBLISHED, listener, provenance),
        currency,
        viewer,
        committed=effects.committed,
        address=address,
        is_safe=is_safe,
        wants_cost=wants_cost,
        effects=effects,
        responses=responses,
        max_staleness=max_staleness,
        trace=trace,
    )
