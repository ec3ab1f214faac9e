"""Listings as the schema shows them."""

from collections.abc import Awaitable, Sequence
from typing import Any

import strawberry

from executor import InstanceOf, Prefetched, batched
from schema.connection import After, Connection, First, forward_window, load_pages
from schema.context import Context, Info
from schema.count import count_up_to_limit, is_exact
from schema.node import Node
from schema.owner import Owner
from schema.page import KeysetOf, Page, newest
from schema.price_change import HISTORY, PriceChangeConnection
from schema.property_status import PropertyStatus
from schema.reads import PROVED, reads
from schema.scalar import DateTime, Price
from storage import record
from storage.reads.owner import OWNERS_BY_ID
from storage.reads.price_change import PRICE_CHANGES_BY_PROPERTY_ID
from storage.reads.property import COUNT_PROPERTIES
from storage.search import Keyset, PriceChangePage, PropertyOrder


def _prime_owners(listings: Sequence[Any], context: Context) -> None:
    owners = (listing.owner for listing in listings)
    context.loaders.prime(OWNERS_BY_ID, len(listings), lambda: {owner.id: owner for owner in owners})


PREFETCHED_OWNER = Prefetched("owner", on_read=_prime_owners)
"""Prefetched with listings whose document asks for owners."""


@strawberry.type(description="A property for sale, as it is listed.")
class Property(Node):
    """Resolves from `storage.record.Property`."""

    id: strawberry.ID = strawberry.field(description="The listing's id, `property_…`.")
    reference: str | None = strawberry.field(
        description="The key of the source it was imported from; unique among listings."
    )
    version: int = strawberry.field(
        description="1 when new, one more with each update: send it as `expectedVersion` to lose nobody's update."
    )
    address: str = strawberry.field(description="Street and number.")
    city: str = strawberry.field(description="The city as it was written; searches ignore its case.")
    region: str | None = strawberry.field(description="State, province or the like.")
    postal_code: str | None = strawberry.field(description="As the country's post writes it.")
    price: Price = strawberry.field(description="The asking price.")
    status: PropertyStatus = strawberry.field(description="Where the listing stands.")
    bedrooms: int | None = strawberry.field(description="How many; null if not known.")
    bathrooms: float | None = strawberry.field(description="How many, a half being one without a bath.")
    area: float | None = strawberry.field(description="Living area in square metres.")
    latitude: float | None = strawberry.field(description="Degrees north (WGS 84).")
    longitude: float | None = strawberry.field(description="Degrees east (WGS 84).")
    created_at: DateTime = strawberry.field(description="When it was listed.")
    updated_at: DateTime = strawberry.field(description="When it was last changed.")

    is_type_of = InstanceOf(record.AnyProperty, typed=record.Property)

    @batched(description="Who offers it.", graphql_type=Owner, metadata=reads("owner_id"), prefetched=PREFETCHED_OWNER)
    def owner(
        parents: list[record.Property], info: Info
    ) -> Awaitable[list[record.Owner | None]] | list[record.Owner | None]:
        """All owners of a level are one statement, where they did not come along with their listings."""
        loader, owner_ids = info.context.loaders.of(OWNERS_BY_ID), [parent.owner_id for parent in parents]
        return loader.known(owner_ids) or loader.load_level(owner_ids)

    @batched(
        description="How price and status changed, newest first. Viewers who see published listings alone see changes"
        " between published statuses alone.",
        graphql_type=PriceChangeConnection,
        metadata=reads("id"),
    )
    def price_history(
        parents: list[record.Property], info: Info, first: First = None, after: After = None
    ) -> Awaitable[list[Page]] | list[Page]:
        """All histories of a level are one statement."""
        scopes = (HISTORY.scope_of(PriceChangePage(parent.id, limit=0)) for parent in parents)
        window = forward_window(info, scopes, first, after)
        keys = [PriceChangePage(parent.id, window.limit, window.start) for parent in parents]
        return load_pages(info.context.loaders.of(PRICE_CHANGES_BY_PROPERTY_ID), keys, window, HISTORY)


@strawberry.type(description="A page of listings.")
class PropertyConnection(Connection[Property]):
    """Of a search, or of an owner."""

    @batched(
        description="How many listings the whole list has, counted up to 10,000; null if counting takes too long.",
        metadata=PROVED,
    )
    async def total_count(parents: list[Page], info: Info) -> list[int | None]:
        """Counted only where it is selected."""
        return await count_up_to_limit(
            info.context.loaders.of(COUNT_PROPERTIES), [parent.key.filter for parent in parents]
        )

    @batched(description="Whether `totalCount` is the whole number; false also where it is null.", metadata=PROVED)
    async def total_count_is_exact(parents: list[Page], info: Info) -> list[bool]:
        """Shares the count's statement."""
        return await is_exact(info.context.loaders.of(COUNT_PROPERTIES), [parent.key.filter for parent in parents])


def property_keyset_of(order: PropertyOrder) -> KeysetOf:
    """Where a listing stands in this order."""
    if order is PropertyOrder.NEWEST:
        return newest
    return lambda row: Keyset(row.price, row.id)
