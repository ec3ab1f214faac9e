"""Total counts: up to a limit, under a short deadline."""

from typing import TypeVar

from loaders.loader import StoreLoader
from storage.errors import DeadlineExceeded
from storage.search import OwnerFilter, PropertyFilter
from storage.sql.search import COUNT_LIMIT

Filter = TypeVar("Filter", PropertyFilter, OwnerFilter)


async def count_up_to_limit(loader: StoreLoader[Filter, int], wanted: list[Filter]) -> list[int | None]:
    """At most COUNT_LIMIT for each; None where the deadline passed."""
    return [None if count is None else min(count, COUNT_LIMIT) for count in await _counts(loader, wanted)]


async def is_exact(loader: StoreLoader[Filter, int], wanted: list[Filter]) -> list[bool]:
    """Whether each count is known and not above COUNT_LIMIT."""
    return [count is not None and count <= COUNT_LIMIT for count in await _counts(loader, wanted)]


async def _counts(loader: StoreLoader[Filter, int], wanted: list[Filter]) -> list[int] | list[None]:
    try:
        return await loader.load_level(wanted)
    except DeadlineExceeded:
        return [None] * len(wanted)
