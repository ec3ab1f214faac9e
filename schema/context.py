"""What a resolver finds in `info.context`. Built for each request by server/graphql/context.py alone."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import msgspec
import strawberry

from loaders.loaders import Loaders
from schema.viewer import NOBODY, Viewer
from storage.errors import Rejected
from storage.store import Writes


class Context(msgspec.Struct):
    """One request's loaders, the store that writes go to, the settings that the schema shows, and who asks.

    `viewer_mattered` is set by what answers one viewer otherwise than another. Where a page `looks_ahead`, one row more
    is read, to see whether there is more. `committed` has the ids that each mutation wrote, by its response name.
    """

    store: Writes
    loaders: Loaders
    currency: str
    viewer: Viewer = NOBODY
    viewer_mattered: bool = False
    looks_ahead: bool = True
    committed: dict[str, Sequence[str]] = msgspec.field(default_factory=dict)

    def note_committed(self, info: "Info", ids: Sequence[str]) -> None:
        """The mutation of this info has committed the objects with these ids."""
        self.committed[str(info.path.key)] = ids

    def note_write(self) -> None:
        """Something was written: forget what was read."""
        self.loaders.clear_all()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Around a write to the store: it counts as written unless the store rejects it.

        A commit that fails or is cancelled may still have taken effect, so `note_write` is called for any other error.
        """
        try:
            yield
        except Rejected:
            raise
        except BaseException:
            self.note_write()
            raise
        self.note_write()


Info = strawberry.Info[Context, None]
