"""Root query fields that find owners."""

from collections.abc import Awaitable
from enum import Enum
from typing import Annotated

import strawberry

from executor import batched
from schema.argument import check_id, check_text
from schema.connection import After, Before, First, Last, load_pages, window_of
from schema.context import Info
from schema.owner import Owner, OwnerConnection, owner_keyset_of
from schema.page import Page, pages_of_search
from schema.reads import PROVED
from storage import ids, record
from storage.folding import fold
from storage.reads.owner import OWNERS_BY_ID, SEARCH_OWNERS
from storage.search import OwnerFilter, OwnerOrder, OwnerSearch


@strawberry.enum(name="OwnerOrder", description="The order of a list of owners; ties are broken by id.")
class OwnerOrderInput(Enum):
    """The values are those of `storage.search.OwnerOrder`."""

    NEWEST = strawberry.enum_value("newest", description="Last added first.")
    NAME = strawberry.enum_value("name", description="By name, case ignored, by code point.")


@strawberry.input(name="OwnerFilter", description="Which owners: those that all given fields let through.")
class OwnerFilterInput:
    """What is absent or null lets everything through."""

    name_starts_with: str | None = strawberry.field(
        default=None, description="The name begins with this; case is ignored."
    )


@strawberry.type
class OwnerQuery:
    """Mixed into Query. The root is a level of one parent."""

    @batched(description="The owner with this id, or null.", graphql_type=Owner | None, metadata=PROVED)
    def owner(
        parents: list[None],
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="An owner's id.")],
    ) -> Awaitable[list[record.Owner | None]]:
        """Raises BadInput for what is no owner's id."""
        return info.context.loaders.of(OWNERS_BY_ID).load_level([check_id("id", ids.OWNER, id)])

    @batched(
        description="Owners, filtered and in an order, page by page.",
        graphql_type=OwnerConnection | None,
        metadata=PROVED,
    )
    def owners(
        parents: list[None],
        info: Info,
        filter: Annotated[
            OwnerFilterInput | None, strawberry.argument(description="Which owners; by default all.")
        ] = None,
        order_by: Annotated[
            OwnerOrderInput, strawberry.argument(description="In which order.")
        ] = OwnerOrderInput.NEWEST,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Awaitable[list[Page]] | list[Page]:
        """Raises BadInput."""
        prefix = filter.name_starts_with if filter is not None else None
        wanted = OwnerFilter(None if prefix is None else fold(check_text("filter.nameStartsWith", prefix)))
        order = OwnerOrder(str(order_by.value))
        scope = _FOUND.scope_of(OwnerSearch(wanted, order, limit=0))
        window = window_of(
            info,
            scope,
            first=first,
            after=after,
            last=last,
            before=before,
            kind=str if order is OwnerOrder.NAME else int,
        )
        search = OwnerSearch(wanted, order, window.limit, window.start, window.backward)
        return load_pages(info.context.loaders.of(SEARCH_OWNERS), [search], window, _FOUND)


_FOUND = pages_of_search("owners", owner_keyset_of)
