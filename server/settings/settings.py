"""Settings, read once from the environment. docs/reference/settings.md describes each; a test keeps it complete."""

from typing import Annotated, Any, Literal

from msgspec import Meta

from server.settings import rules
from server.settings.environment import read_environment, wrong_variables
from server.settings.errors import explain
from server.settings.secret import Secret
from server.settings.security import Seconds, SecuritySettings
from server.settings.values import annotations_of, description_of, parse_value
from storage.database import Deadlines
from storage.opening import Options
from storage.postgres.address import parse_address
from storage.postgres.options import PostgresOptions
from storage.sqlite.options import SqliteOptions

_SHUTDOWN_DELAY = 7.0
"""Seconds in which a balancer notices that looks three times, two seconds apart, as HAProxy does by default."""
_LISTENERS = 2  # connections to Postgres beside the pool, where there is a cache


class InvalidSettings(Exception):
    """The environment holds settings that can't be; the message names each variable and what it expects."""


class Settings(SecuritySettings, frozen=True, kw_only=True):
    """How this process runs. Every field is `FREEHOLD_` and its name in capitals."""

    database_url: Annotated[
        Secret,
        "Where the data is: `sqlite:///relative/path`, `sqlite:////absolute/path` or"
        " `postgresql://user:password@host:port/database`. `freehold migrate` creates a missing SQLite file.",
        rules.database_url,
    ] = Secret("sqlite:///var/freehold.db")
    database_schema: Annotated[
        str,
        "The schema of the Postgres database that holds the tables; `freehold migrate` creates it. By default"
        " the first schema of the role's `search_path`, usually `public`.",
        rules.database_schema,
    ] = ""
    host: Annotated[str, Meta(min_length=1), "The address to listen on. `HOST` is accepted too.", rules.host] = (
        "127.0.0.1"
    )
    port: Annotated[int, Meta(ge=0, le=65535), "The port to listen on; 0 takes a free one. `PORT` is accepted too."] = (
        8000
    )
    currency: Annotated[
        str, "The one currency of all prices, an ISO 4217 code; the schema shows it as `currency`.", rules.currency
    ] = "EUR"
    graphiql: Annotated[bool, "Serve the GraphiQL page to browsers at /graphql."] = True
    trace: Annotated[
        bool,
        "For development: every caller may get the trace of its request, with the statements' SQL and plans."
        " Otherwise only callers with the scope `trace` get a trace, without SQL and plans.",
    ] = False
    slow_statement: Annotated[
        Seconds, "Statements that take at least this long, in seconds, are logged as a warning with their operation."
    ] = 0.5
    repeated_statements: Annotated[
        int, Meta(ge=1), "A request that runs one statement more often than this is logged as a warning."
    ] = 5
    log_level: Annotated[Literal["debug", "info", "warning", "error"], "The lowest level that is logged."] = "info"
    body_limit: Annotated[
        int,
        Meta(ge=1_000, le=100_000_000),
        "The maximum size of a request body, in bytes; larger ones are refused with 413. All unanswered"
        " requests of a worker together may have 64 times as much.",
    ] = 1_000_000
    answer_limit: Annotated[
        int,
        Meta(ge=100_000, le=1_000_000_000),
        "The maximum size of an answer's body, in bytes; a larger one is not sent, but an error. What clients of a"
        " worker have not taken yet of all answers together may have 8 times as much.",
    ] = 8_000_000
    keep_alive: Annotated[
        int,
        Meta(ge=1, le=3600),
        "How long an idle connection stays open, in seconds. It must be longer than a load balancer keeps"
        " idle connections.",
    ] = 65
    head_timeout: Annotated[
        Seconds, "How long a request's line and headers may take to arrive, from their first byte, in seconds."
    ] = 10.0
    write_timeout: Annotated[
        Seconds,
        "A client that takes less than a tenth of its answer in this time, or less than 8 KiB, is disconnected,"
        " in seconds.",
    ] = 30.0
    connections: Annotated[
        int,
        Meta(ge=16, le=1_000_000),
        "The maximum number of client connections of each worker; fewer if the limit of open files requires"
        " it. A further one replaces the connection that has waited longest for its client.",
    ] = 4096
    drain_timeout: Annotated[Seconds, "How long a stopping server lets running requests continue, in seconds."] = 10.0
    shutdown_delay: Annotated[
        Annotated[float, Meta(ge=0, le=3600)] | None,
        "How long a server still answers after SIGTERM, in seconds, while `/readyz` says 503: as long as a"
        " load balancer takes to notice. By default 7, but 0 in an open demonstration. Ctrl-C does not wait.",
    ] = None
    connect_timeout: Annotated[Seconds, "The deadline for connecting to the database, in seconds."] = 5.0
    acquire_timeout: Annotated[
        Seconds, "The deadline for getting a connection from the pool, or SQLite's write lock, in seconds."
    ] = 2.0
    statement_timeout: Annotated[Seconds, "The deadline of a statement, in seconds."] = 10.0
    count_timeout: Annotated[Seconds, "The deadline of a `totalCount`, in seconds; after it the count is null."] = 0.5
    sqlite_readers: Annotated[
        int, Meta(ge=1, le=64), "The number of connections that read the SQLite file, each on a thread."
    ] = 2
    sqlite_mmap: Annotated[
        int,
        Meta(ge=0),
        "How much of the SQLite file may be mapped into memory, in bytes. It saves little, and overwriting a"
        " mapped file crashes the process.",
    ] = 0
    pool_size: Annotated[int, Meta(ge=1, le=1000), "The maximum number of connections to Postgres of each worker."] = 10
    pool_reserve: Annotated[
        int, Meta(ge=0), "Connections of the Postgres server that all instances together leave free."
    ] = 10
    instances: Annotated[
        int,
        Meta(ge=1),
        "How many instances share the Postgres server: each takes at most (max_connections − reserve) / instances.",
    ] = 1
    pgbouncer: Annotated[
        bool,
        "The database URL leads to a PgBouncer in transaction mode: send no session settings and, unless"
        " `FREEHOLD_STATEMENT_CACHE` says otherwise, prepare no statements.",
    ] = False
    statement_cache: Annotated[
        Annotated[int, Meta(ge=0, le=10_000)] | None,
        "Prepared statements kept on each Postgres connection; by default 256, or 0 behind PgBouncer. PgBouncer"
        " 1.21 and newer work with more than 0.",
    ] = None

    listen_url: Annotated[
        Secret | None,
        "Where the cache hears of writes made elsewhere: a URL that leads to Postgres itself, if"
        " `FREEHOLD_DATABASE_URL` leads to a pooler that shares sessions. Without it, the cache is not used"
        " there.",
        rules.listen_url,
    ] = None
    cache_url: Annotated[
        Secret,
        "Where rows are cached: `memory` of each process, `redis://host:port/number` for all processes, or"
        " `none`. See docs/explanation/caching.md.",
        rules.cache_url,
    ] = Secret("memory")
    cache_ttl: Annotated[Seconds, "The maximum lifetime of a cached row, in seconds."] = 300.0
    cache_bytes: Annotated[
        int, Meta(ge=0), "How much memory the cache of each process may take, in bytes, approximately."
    ] = 64 << 20
    cache_bound: Annotated[
        float,
        Meta(ge=0.2, le=60),
        "The maximum staleness: how old a cached row may be after a write by another process, in seconds.",
    ] = 2.0
    cache_timeout: Annotated[float, Meta(gt=0, le=10), "The deadline of a command to Redis, in seconds."] = 0.25
    cache_personal: Annotated[bool, "Cache rows with personal data (owners) in Redis."] = True
    redis_url: Annotated[
        Secret | None,
        "Where instances share rates and persisted queries: `redis://host:port/number`, or `none`. By default"
        " the cache's Redis, if there is one; otherwise each process has its own.",
        rules.redis_url,
    ] = None
    coalescing: Annotated[bool, "Let concurrent requests share statements."] = True
    queue_limit: Annotated[
        int, Meta(ge=1), "The maximum number of reads that wait for the database; further ones are refused with 503."
    ] = 4096
    workers: Annotated[int, Meta(ge=1, le=256), "The number of processes of this instance that answer requests."] = 1

    @property
    def delay_before_shutdown(self) -> float:
        """In seconds."""
        if self.shutdown_delay is None:
            return 0.0 if self.demonstration else _SHUTDOWN_DELAY
        return self.shutdown_delay

    def check(self) -> None:
        """Raises ValueError for settings that exclude each other; it names them."""
        super().check()
        of_postgres = {
            "FREEHOLD_DATABASE_SCHEMA": self.database_schema,
            "FREEHOLD_LISTEN_URL": self.listen_url,
            "FREEHOLD_PGBOUNCER": self.pgbouncer,
        }
        given = next((variable for variable, value in of_postgres.items() if value), None)
        if given is not None and self.database_url.text.startswith("sqlite:"):
            raise ValueError(f"{given} is for Postgres, and FREEHOLD_DATABASE_URL names a SQLite file")

    def redis_urls(self) -> tuple[str | None, str | None]:
        """The Redis of the cache, and that of rates and persisted queries; None for what is in none."""
        cache = self.cache_url.text
        shared = cache if self.redis_url is None else self.redis_url.text
        return _redis_or_none(cache), _redis_or_none(shared)

    def options(self) -> Options:
        """How the database is opened."""
        cache = self.statement_cache
        url = self.database_url.text
        pgbouncer = self.pgbouncer or (url.startswith("postgres") and parse_address(url).pgbouncer)
        if cache is None:
            cache = 0 if pgbouncer else PostgresOptions().statement_cache
        return Options(
            deadlines=Deadlines(
                connect=self.connect_timeout, acquire=self.acquire_timeout, statement=self.statement_timeout
            ),
            sqlite=SqliteOptions(readers=self.sqlite_readers, mmap=self.sqlite_mmap, watch=self.cache_bound / 4),
            postgres=PostgresOptions(
                pool_size=self.pool_size,
                reserve=self.pool_reserve,
                instances=self.instances * self.workers,
                extra=0 if self.cache_url.text == "none" else _LISTENERS,
                pgbouncer=pgbouncer,
                statement_cache=cache,
                schema=self.database_schema,
                listen_url=None if self.listen_url is None else self.listen_url.text,
            ),
        )


def _redis_or_none(url: str) -> str | None:
    return None if url in ("memory", "none") else url


def load_settings(**overrides: Any) -> Settings:
    """The environment's settings, some replaced. Raises InvalidSettings."""
    annotations = annotations_of(Settings)
    refuse_unknown_settings()
    given: dict[str, Any] = {}
    wrong = []
    for field, text in read_environment(annotations).items():
        try:
            given[field] = parse_value(text, annotations[field])
        except ValueError as exc:
            wrong.append(explain(field, str(exc), description_of(annotations[field])))
    if wrong:
        raise InvalidSettings("\n".join(wrong))
    settings = Settings(**given | overrides)
    try:
        settings.check()
    except ValueError as exc:
        raise InvalidSettings(f"{exc}.") from None
    return settings


def refuse_unknown_settings() -> None:
    """Raises InvalidSettings where a variable begins as a setting does and is none: a wrong name must not go unseen."""
    if wrong := list(wrong_variables(Settings.__struct_fields__)):
        raise InvalidSettings("\n".join(wrong))
