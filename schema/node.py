"""Anything with an id of its own, and loading it by that id alone."""

import asyncio
from collections.abc import Sequence

import strawberry

from loaders.loaders import Loaders
from schema.errors import BadInput
from storage import ids
from storage.reads.owner import OWNERS_BY_ID
from storage.reads.price_change import PRICE_CHANGES_BY_ID
from storage.reads.property import PROPERTIES_BY_ID
from storage.record import Owner, PriceChange, Property

Record = Owner | Property | PriceChange


@strawberry.interface(description="Anything that `node` finds by its id.")
class Node:
    """An interface of our own: Strawberry's relay.Node would encode the ids once more."""

    id: strawberry.ID = strawberry.field(
        description="Globally unique and opaque. Ids of one type sort by the time they were made."
    )


async def load_nodes(loaders: Loaders, wanted: Sequence[str], argument: str) -> list[Record | None | BadInput]:
    """What each id names; None if there is nothing, BadInput in the place of a text that is no id."""

    async def load(text: str) -> Record | None | BadInput:
        match ids.prefix_of(text):
            case ids.OWNER:
                return await loaders.of(OWNERS_BY_ID).load(text)
            case ids.PROPERTY:
                return await loaders.of(PROPERTIES_BY_ID).load(text)
            case ids.PRICE_CHANGE:
                return await loaders.of(PRICE_CHANGES_BY_ID).load(text)
            case _:
                return BadInput(argument, "must be an id (owner_…, property_… or price_change_…)")

    return list(await asyncio.gather(*map(load, wanted)))
