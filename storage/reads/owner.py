"""The reads of owners, and of numbers by owner."""

from collections.abc import Iterator, Mapping
from typing import Any

from storage.read import Cached
from storage.record import Owner
from storage.search import OwnerFilter, OwnerOrder, OwnerSearch
from storage.sql.lookup import Lookup, ReferenceLookup
from storage.sql.order import Order
from storage.sql.search import FilterCount, Search
from storage.tables import OWNERS
from storage.tags import owner_tag
from storage.visibility import Visibility

_LAST_CHARACTER = "\U0010ffff"
_ORDERS = {
    OwnerOrder.NEWEST: Order(OWNERS, "created_at", descending=True),
    OwnerOrder.NAME: Order(OWNERS, "name_key"),
}


class _OwnerPaths:
    """All owners, or those whose name begins with a text. Both read along an index, in either order."""

    types: Mapping[str, type] = {"name_key": str, "name_key_end": str}
    samples: Mapping[str, OwnerFilter] = {
        "all owners": OwnerFilter(),
        "owners by the start of their name": OwnerFilter("a"),
    }

    def fragments(self, wanted: OwnerFilter, visibility: Visibility) -> tuple[str, ...]:
        return ("owners_all" if wanted.name_key is None else "name_key",)

    def ranges(self, wanted: OwnerFilter, visibility: Visibility) -> Iterator[dict[str, Any]]:
        if wanted.name_key is None:
            yield {}
        else:
            yield {"name_key": wanted.name_key, "name_key_end": wanted.name_key + _LAST_CHARACTER}


_PATHS = _OwnerPaths()

OWNERS_BY_ID = Lookup("owners_by_id", Owner, Cached(owner_tag, personal=True))
"""The owners with these ids."""

OWNERS_BY_REFERENCE = ReferenceLookup("owners_by_reference", Owner)
"""The owners with these references."""

SEARCH_OWNERS: Search[OwnerSearch, Owner] = Search("search_owners", OwnerSearch, Owner, _PATHS, _ORDERS)
"""Each search's page of owners."""

COUNT_OWNERS: FilterCount[OwnerFilter] = FilterCount("count_owners", _PATHS)
"""The number of owners that each filter finds."""
