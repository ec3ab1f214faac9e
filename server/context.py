"""What one request's resolvers share."""

from collections.abc import Callable
from dataclasses import dataclass, field

from loaders.loaders import Loaders
from schema.context import Context
from schema.reads import Needs
from schema.viewer import NOBODY, Viewer
from server.answers import Answers
from storage.store import Store


def ignore_write() -> None:
    """The hook's default: nobody asks."""


@dataclass(slots=True)
class RequestContext(Context):
    """What the server knows of a request besides; resolvers have no use for it.

    `headers` go out with the response, as ASGI has them. `cost` is the operation's, once it is known. `answers` are
    there if the request may be given one of them.
    """

    address: str = ""
    wants_cost: bool = False
    cost: int | None = None
    answers: Answers | None = None
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)

    def select(self, needs: Needs) -> None:
        """Load no more than this, if nothing was loaded yet."""
        store = self.store.selecting(needs.fields)
        self.loaders = Loaders(store)
        self.looks_ahead = needs.page_info or store.keeps_pages


def build_context(
    store: Store,
    currency: str,
    viewer: Viewer = NOBODY,
    *,
    on_write: Callable[[], None] = ignore_write,
    address: str = "",
    wants_cost: bool = False,
    answers: Answers | None = None,
    headers: list[tuple[bytes, bytes]] | None = None,
) -> RequestContext:
    """A context with loaders of its own: nothing is remembered from one request to the next."""
    return RequestContext(
        store=store,
        loaders=Loaders(store),
        currency=currency,
        on_write=on_write,
        viewer=viewer,
        address=address,
        wants_cost=wants_cost,
        answers=answers,
        headers=[] if headers is None else headers,
    )
