"""What one request's resolvers share."""

from loaders.loaders import Loaders
from schema.context import Context
from storage.store import Store


def build_context(store: Store, currency: str) -> Context:
    """A context with loaders of its own: nothing is remembered from one request to the next."""
    return Context(store=store, loaders=Loaders(store), currency=currency)
