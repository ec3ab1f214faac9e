"""Owners as the schema shows them."""

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Annotated

import strawberry

from executor import InstanceOf, batched
from schema.connection import After, Connection, First, forward_window, load_pages
from schema.context import Info
from schema.count import count_up_to_limit, is_exact
from schema.cursor import Scope
from schema.node import Node
from schema.page import KeysetOf, Page, PageKind, newest
from schema.personal import personal_field
from schema.property_status import ONE_OF_STATUSES, PropertyStatus, status_values
from schema.reads import PROVED, reads
from schema.scalar import DateTime
from storage import record
from storage.folding import fold
from storage.reads.owner import COUNT_OWNERS
from storage.reads.property import PROPERTIES_BY_OWNER_ID, PROPERTY_COUNTS_BY_OWNER_ID
from storage.search import Keyset, OwnerOrder, PropertyPage

if TYPE_CHECKING:
    from schema.property import PropertyConnection


@strawberry.type(description="A person or firm that offers listings.")
class Owner(Node):
    """Resolves from `storage.record.Owner`."""

    id: strawberry.ID = strawberry.field(description="The owner's id, `owner_…`.")
    reference: str | None = strawberry.field(
        description="The key of the source the owner was imported from; unique among owners."
    )
    name: str = strawberry.field(description="As the owner writes it.")
    email = personal_field("email", description="Personal data: where to write. Null without the scope `personal`.")
    phone = personal_field("phone", description="Personal data: where to call. Null without the scope `personal`.")
    created_at: DateTime = strawberry.field(description="When the owner was added.")

    is_type_of = InstanceOf(record.AnyOwner, typed=record.Owner)

    @batched(
        description="The owner's listings, newest first.",
        graphql_type=Annotated["PropertyConnection", strawberry.lazy("schema.property")],
        metadata=reads("id"),
    )
    def properties(
        parents: list[record.Owner],
        info: Info,
        first: First = None,
        after: After = None,
        statuses: Annotated[
            list[PropertyStatus] | None, strawberry.argument(description=f"Only these statuses, {ONE_OF_STATUSES}")
        ] = None,
    ) -> Awaitable[list[Page]] | list[Page]:
        """All owners of a level are one statement."""
        wanted = status_values("statuses", statuses)
        scopes = (_LISTINGS.scope_of(PropertyPage(parent.id, wanted, limit=0)) for parent in parents)
        window = forward_window(info, scopes, first, after)
        keys = [PropertyPage(parent.id, wanted, window.limit, window.start) for parent in parents]
        return load_pages(info.context.loaders.of(PROPERTIES_BY_OWNER_ID), keys, window, _LISTINGS)

    @batched(description="How many listings the owner has, of those that the viewer may see.", metadata=reads("id"))
    def property_count(parents: list[record.Owner], info: Info) -> Awaitable[list[int]]:
        """All owners of a level are one statement."""
        ids = [parent.id for parent in parents]
        return info.context.loaders.of(PROPERTY_COUNTS_BY_OWNER_ID).load_level(ids)


@strawberry.type(description="A page of owners.")
class OwnerConnection(Connection[Owner]):
    """Of a search."""

    @batched(
        description="How many owners the whole list has, counted up to 10,000; null if counting takes too long.",
        metadata=PROVED,
    )
    async def total_count(parents: list[Page], info: Info) -> list[int | None]:
        """Counted only where it is selected."""
        return await count_up_to_limit(info.context.loaders.of(COUNT_OWNERS), [parent.key.filter for parent in parents])

    @batched(description="Whether `totalCount` is the whole number; false also where it is null.", metadata=PROVED)
    async def total_count_is_exact(parents: list[Page], info: Info) -> list[bool]:
        """Shares the count's statement."""
        return await is_exact(info.context.loaders.of(COUNT_OWNERS), [parent.key.filter for parent in parents])


def owner_keyset_of(order: OwnerOrder) -> KeysetOf:
    """Where an owner stands in this order."""
    if order is OwnerOrder.NEWEST:
        return newest
    return lambda row: Keyset(fold(row.name), row.id)


_LISTINGS = PageKind(
    scope_of=lambda page: Scope("properties_by_owner_id", page.owner_id, page.statuses),
    keyset_of=lambda page: newest,
)
