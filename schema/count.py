"""Total counts: up to a limit, under a short deadline."""

from typing import TypeVar

from loaders.loader import StoreLoader
from storage.errors import DeadlineExceeded
from storage.search import OwnerFilter, PropertyFilter
from storage.store import COUNT_LIMIT

Filter = TypeVar("Filter", PropertyFilter, OwnerFilter)


async def count_up_to_limit(loader: StoreLoader[Filter, int], wanted: Filter) -> int | None:
    """At most COUNT_LIMIT; None if the deadline passed."""
    count = await _count(loader, wanted)
    return None if count is None else min(count, COUNT_LIMIT)


async def is_exact(loader: StoreLoader[Filter, int], wanted: Filter) -> bool:
    """Whether the count is known and not above COUNT_LIMIT."""
    count = await _count(loader, wanted)
    return count is not None and count <= COUNT_LIMIT


async def _count(loader: StoreLoader[Filter, int], wanted: Filter) -> int | None:
    try:
        return await loader.load(wanted)
    except DeadlineExceeded:
        return None
