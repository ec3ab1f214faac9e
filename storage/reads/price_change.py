"""The reads of price changes. They aren't cached."""

from storage.record import PriceChange
from storage.search import Keyset, PriceChangePage
from storage.sql.lookup import Lookup
from storage.sql.order import Order
from storage.sql.pages import Pages
from storage.tables import PRICE_CHANGES

PRICE_CHANGES_BY_ID = Lookup("price_changes_by_id", PriceChange)
"""The price changes with these ids."""

PRICE_CHANGES_BY_PROPERTY_ID = Pages(
    "price_changes_by_property_id",
    PriceChangePage,
    PriceChange,
    order=Order(PRICE_CHANGES, "changed_at", descending=True),
    samples={
        "first pages": PriceChangePage("property", 20),
        "pages from a row": PriceChangePage("property", 20, Keyset(0, "id")),
    },
    hidden=("published_change",),
)
"""Each page of a listing's price changes, newest first."""
