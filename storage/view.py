"""Views: the fields that a read selects, and the listings that exist for its reader."""

from functools import lru_cache

import msgspec

from storage.fields import Fields
from storage.visibility import EVERY_LISTING, PUBLISHED_LISTINGS, Visibility


class View(msgspec.Struct, frozen=True, cache_hash=True):
    """Reads in different views never share a statement. A cache keeps whole records, whichever fields are selected."""

    fields: Fields = Fields()
    visibility: Visibility = EVERY_LISTING

    @property
    def whole(self) -> "View":
        """The same listings with every field."""
        return view_of(visibility=self.visibility)


view_of = lru_cache(1024)(View)
"""A view, one object for all who ask for the same: it is looked up by every layer."""

EVERYTHING = View()
PUBLISHED = View(visibility=PUBLISHED_LISTINGS)
"""As under row-level security: a page or a count is of published listings alone, whatever statuses it names; a price
change exists if its listing is published and so are both of its statuses. Owners exist as ever."""
