"""How Postgres is used. Imports no driver."""

import msgspec


class PostgresOptions(msgspec.Struct, frozen=True):
    """The size of the pool, and the way to the server.

    The pool has at most `pool_size` connections, and at most `(max_connections − reserve) / instances − extra`, so that
    all instances together leave `reserve` for others. `extra` counts an instance's connections outside its pool: one
    that listens, and one that checks, while it connects, that notifications arrive.

    With `pgbouncer`, a PgBouncer in transaction mode, the server's settings aren't sent, and PgBouncer limits the
    connections. `statement_cache` must be 0 if it is older than 1.21. `listen_url` leads past it, to Postgres itself.

    The tables are in `schema`, or in the first schema of the role's search_path that has them.
    """

    pool_size: int = 10
    reserve: int = 10
    instances: int = 1
    extra: int = 0
    pgbouncer: bool = False
    statement_cache: int = 256
    listen_url: str | None = None
    schema: str = ""
