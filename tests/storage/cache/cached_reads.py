"""The reads that a cache keeps, as it has them."""

from typing import Any

from storage.cache.cached_read import CachedRead, cached_read_of
from storage.read import AnyRead
from storage.reads import owner, property


def _cached(read: AnyRead) -> CachedRead[Any]:
    cached = cached_read_of(read)
    assert cached is not None
    return cached


OWNERS_BY_ID = _cached(owner.OWNERS_BY_ID)
PROPERTIES_BY_ID = _cached(property.PROPERTIES_BY_ID)
PROPERTIES_BY_CITY = _cached(property.PROPERTIES_BY_CITY)
PROPERTIES_BY_OWNER_ID = _cached(property.PROPERTIES_BY_OWNER_ID)
PROPERTY_COUNTS_BY_OWNER_ID = _cached(property.PROPERTY_COUNTS_BY_OWNER_ID)
