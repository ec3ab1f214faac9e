"""What instances share beside the database and its cache: rates and registered documents, in Redis if there is one."""

from typing import TYPE_CHECKING, NamedTuple

from server.persisted.registry import MemoryRegistry, Registry
from server.rate_limit.bucket import Buckets
from server.rate_limit.memory import MemoryBuckets

if TYPE_CHECKING:
    from storage.redis_link import RedisLink


class Shared(NamedTuple):
    """The stores."""

    buckets: Buckets
    registry: Registry


def build_shared(link: "RedisLink | None") -> Shared:
    """In the link's Redis, otherwise in this process."""
    if link is None:
        return Shared(MemoryBuckets(), MemoryRegistry())
    # Imported only where it is used: redis-py takes a tenth of a start.
    from server.persisted.redis_registry import RedisRegistry
    from server.rate_limit.redis import RedisBuckets
    from storage.redis_link import RedisUser

    link.attach(
        RedisUser(
            lost="each instance limits rates and keeps persisted queries by itself",
            back="instances share rates and persisted queries again",
        )
    )
    return Shared(RedisBuckets(link), RedisRegistry(link))
