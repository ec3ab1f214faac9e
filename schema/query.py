"""The root of reading."""

from typing import Annotated, Any

import strawberry

from schema.context import Info
from schema.errors import BadInput
from schema.node import Node, load_nodes
from schema.owner_query import OwnerQuery
from schema.property_query import PropertyQuery
from schema.reads import PROVED

MAX_NODES = 100


@strawberry.type(description="Everything that can be read.")
class Query(PropertyQuery, OwnerQuery):
    """The fields of each noun are in files of their own. A field that can fail is nullable: it fails by itself."""

    @strawberry.field(description="The one currency of all prices, an ISO 4217 code.", metadata=PROVED)
    def currency(self, info: Info) -> str:
        """A setting of the server."""
        return info.context.currency

    @strawberry.field(description="Whatever has this id, or null.", graphql_type=Node | None, metadata=PROVED)
    async def node(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="Any id of this server.")],
    ) -> Any:
        """Raises BadInput for what is no id."""
        [found] = await load_nodes(info.context.loaders, [id], "id")
        if isinstance(found, BadInput):
            raise found
        return found

    @strawberry.field(
        description="Whatever has each of these ids, in their order; null for what does not exist.",
        graphql_type=list[Node | None] | None,
        metadata=PROVED,
    )
    async def nodes(
        self,
        info: Info,
        ids: Annotated[list[strawberry.ID], strawberry.argument(description="At most 100 ids of this server.")],
    ) -> list[Any]:
        """An error in the place of what is no id. Raises BadInput for too many."""
        if len(ids) > MAX_NODES:
            raise BadInput("ids", f"must be at most {MAX_NODES}, not {len(ids)}")
        return await load_nodes(info.context.loaders, ids, "ids")
