"""Anything with an id of its own, and loading it by that id alone."""

import asyncio
from collections.abc import Sequence
from typing import Any

import strawberry

from loaders.loaders import Loaders
from schema.errors import BadInput
from storage import ids
from storage.read import AnyRead
from storage.reads import READS
from storage.tables import TABLES

_READS: dict[str, AnyRead] = {table.id_prefix: READS[f"{table.name}_by_id"] for table in TABLES}
*_FIRST, _LAST = (f"{prefix}_…" for prefix in _READS)
_EXPECTED = f"must be an id ({', '.join(_FIRST)} or {_LAST})"


@strawberry.interface(description="Anything that `node` finds by its id.")
class Node:
    """An interface of our own: Strawberry's relay.Node would encode the ids once more."""

    id: strawberry.ID = strawberry.field(
        description="Globally unique and opaque. Ids of one type sort by the time they were made."
    )


async def load_nodes(loaders: Loaders, wanted: Sequence[str], argument: str) -> list[Any]:
    """What each id names; None if there is nothing, BadInput in the place of a text that is no id."""

    async def load(text: str) -> Any:
        read = _READS.get(ids.prefix_of(text) or "")
        return BadInput(argument, _EXPECTED) if read is None else await loaders.by_key(read).load(text)

    return list(await asyncio.gather(*map(load, wanted)))
