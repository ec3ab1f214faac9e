"""The reads of price changes. They are not cached."""

from storage.record import PriceChange
from storage.search import Keyset, PriceChangePage
from storage.sql.lookup import Lookup
from storage.sql.order import newest_first
from storage.sql.pages import Pages

PRICE_CHANGES_BY_ID = Lookup("price_changes_by_id", PriceChange)
"""The price changes with these ids."""

PRICE_CHANGES_BY_PROPERTY_ID: Pages[PriceChangePage, PriceChange] = Pages(
    "price_changes_by_property_id",
    PriceChange,
    order=newest_first("c", "changed_at"),
    samples={
        "first pages": PriceChangePage("property", 20),
        "pages from a row": PriceChangePage("property", 20, Keyset(0, "id")),
    },
    hidden=("published_change",),
)
"""Each page of a listing's price changes, newest first."""
