"""Views: the projection of a read, and the listings that exist for its reader."""

from functools import lru_cache

import msgspec

from storage.projection import Projection
from storage.visibility import EVERY_LISTING, PUBLISHED_LISTINGS, Visibility


class View(msgspec.Struct, frozen=True, cache_hash=True):
    """Reads in different views never share a statement. A cache keeps whole records, whatever the projection."""

    projection: Projection = Projection()
    visibility: Visibility = EVERY_LISTING

    @property
    def whole(self) -> "View":
        """This view without a projection."""
        return view_of(visibility=self.visibility)


view_of = lru_cache(1024)(View)
"""Equal views are one object, since every layer looks up the view."""

EVERYTHING = View()
PUBLISHED = View(visibility=PUBLISHED_LISTINGS)
"""As under row-level security, pages and counts have published listings alone, whatever statuses they name. A price
change exists if its listing is published and both of its statuses are of published listings. All owners exist."""
