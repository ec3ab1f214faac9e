"""How many connections to Postgres one process may have, so that all processes together leave room for others."""

from storage.errors import Unavailable
from storage.postgres.options import PostgresOptions
from storage.postgres.session import Connection


async def find_budget(connection: Connection, options: PostgresOptions) -> int:
    """The greatest number of connections of this process. Raises Unavailable if there isn't one for each process."""
    ((setting,),) = await connection.fetch("SHOW max_connections")
    most = int(setting)
    share = (most - options.reserve) // options.instances - options.extra
    if share < 1:
        raise Unavailable(_shortage(most, options))
    return min(options.pool_size, share)


def _shortage(most: int, options: PostgresOptions) -> str:
    each = 1 + options.extra
    cache = (
        f", 1 for its pool and {options.extra} for the cache, which listens for others' writes"
        " (FREEHOLD_CACHE_URL=none needs none)"
        if options.extra
        else ""
    )
    return (
        f"Postgres takes {most} connections, of which {options.reserve} are left to others (FREEHOLD_POOL_RESERVE)."
        f" {options.instances} processes (FREEHOLD_INSTANCES times FREEHOLD_WORKERS) need {each} each{cache}:"
        f" {options.instances * each}. Raise max_connections to {options.instances * each + options.reserve},"
        " or lower one of these settings"
    )
