"""What one request's resolvers share."""

from collections.abc import Callable

from loaders.loaders import Loaders
from schema.context import Context
from storage.store import Store


def ignore_write() -> None:
    """The hook's default: nobody asks."""


def build_context(store: Store, currency: str, *, on_write: Callable[[], None] = ignore_write) -> Context:
    """A context with loaders of its own: nothing is remembered from one request to the next."""
    return Context(store=store, loaders=Loaders(store), currency=currency, on_write=on_write)
