"""What a resolver finds in `info.context`. Built for each request by server/context.py alone."""

from collections.abc import Callable
from dataclasses import dataclass

import strawberry

from loaders.loaders import Loaders
from storage.store import Store


@dataclass(slots=True)
class Context:
    """One request's loaders, the store that writes go to, and the settings that the schema shows."""

    store: Store
    loaders: Loaders
    currency: str
    on_write: Callable[[], None]

    def note_write(self) -> None:
        """Something was written: forget what was read, and let the server know."""
        self.loaders.clear_all()
        self.on_write()


Info = strawberry.Info[Context, None]
