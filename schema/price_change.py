"""A listing's price changes as the schema shows them."""

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Annotated

import strawberry

from executor import InstanceOf, batched
from schema.connection import Connection
from schema.context import Info
from schema.cursor import Scope
from schema.node import Node
from schema.page import PageKind
from schema.property_status import PropertyStatus
from schema.reads import PROVED
from schema.scalar import DateTime, Price
from storage import record
from storage.reads.property import PROPERTIES_BY_ID
from storage.search import Keyset

if TYPE_CHECKING:
    from schema.property import Property


@strawberry.type(description="One change of a listing's price or status.")
class PriceChange(Node):
    """Resolves from `storage.record.PriceChange`."""

    id: strawberry.ID = strawberry.field(description="The change's id, `price_change_…`.")
    old_price: Price = strawberry.field(description="The price before.")
    new_price: Price = strawberry.field(description="The price from then on.")
    old_status: PropertyStatus = strawberry.field(description="The status before.")
    new_status: PropertyStatus = strawberry.field(description="The status from then on.")
    changed_at: DateTime = strawberry.field(description="When it changed.")

    is_type_of = InstanceOf(record.PriceChange, typed=record.PriceChange)

    @batched(
        description="The listing that changed.",
        graphql_type=Annotated["Property", strawberry.lazy("schema.property")],
        metadata=PROVED,
    )
    def property(parents: list[record.PriceChange], info: Info) -> Awaitable[list[record.Property | None]]:
        """All listings of a level are one statement."""
        ids = [parent.property_id for parent in parents]
        return info.context.loaders.of(PROPERTIES_BY_ID).load_level(ids)


@strawberry.type(description="A page of price changes.")
class PriceChangeConnection(Connection[PriceChange]):
    """Newest first."""


def _keyset(row: record.PriceChange) -> Keyset:
    return Keyset(row.changed_at, row.id)


HISTORY = PageKind(
    scope_of=lambda page: Scope("price_history", page.property_id),
    keyset_of=lambda page: _keyset,
)
"""The price changes of a listing, newest first."""
