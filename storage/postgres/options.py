"""How Postgres is used. Known without importing its driver."""

import msgspec


class PostgresOptions(msgspec.Struct, frozen=True):
    """How the pool is sized and how it talks.

    The pool holds at most `pool_size` connections, and never more than
    `(max_connections − reserve) / instances − extra`, so that all instances together leave `reserve` for others;
    `extra` is what each holds outside its pool: one that listens, and another while that is proved to hear.
    Behind a PgBouncer in transaction mode (`pgbouncer`), the server's settings are not sent and the limit is
    PgBouncer's to keep; `statement_cache` 0 is for one older than 1.21. `listen_url` leads past it, to Postgres itself.
    The tables are those of `schema`, or of the first schema of the role's search_path that has them.
    """

    pool_size: int = 10
    reserve: int = 10
    instances: int = 1
    extra: int = 0
    pgbouncer: bool = False
    statement_cache: int = 256
    listen_url: str | None = None
    schema: str = ""
