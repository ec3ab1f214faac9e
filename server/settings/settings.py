"""Settings, read once from the environment. docs/reference/settings.md describes each; a test keeps it complete."""

import re
from typing import Any, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator

from server.runtime.connections import Limits
from server.runtime.file_descriptors import left_for_connections
from server.settings.environment import read_environment, wrong_variables
from server.settings.errors import explain
from server.settings.security import Seconds, SecuritySettings
from storage.database import Deadlines
from storage.opening import Options, check_database_url
from storage.postgres.address import parse_address
from storage.postgres.options import PostgresOptions
from storage.redis_url import check_redis_url
from storage.sqlite.options import SqliteOptions

_SHUTDOWN_DELAY = 7.0
"""Seconds in which a balancer notices that looks three times, two seconds apart, as HAProxy does by default."""
_BODIES = 64  # of the greatest size, that a worker holds before they are answered
_LISTENERS = 2  # connections to Postgres beside the pool, where there is a cache


class InvalidSettings(Exception):
    """The environment holds settings that can't be; the message names each variable and what it expects."""


class Settings(SecuritySettings):
    """How this process runs. Every field is `FREEHOLD_` and its name in capitals."""

    database_url: SecretStr = Field(
        SecretStr("sqlite:///var/freehold.db"),
        description="Where the data is: `sqlite:///relative/path`, `sqlite:////absolute/path` or"
        " `postgresql://user:password@host:port/database`. `freehold migrate` makes a SQLite file that is missing.",
    )
    database_schema: str = Field(
        "",
        description="The schema of the Postgres database in which the tables are; `freehold migrate` makes it. By"
        " default the first of the role's `search_path`, which is `public`.",
    )
    host: str = Field(
        "127.0.0.1",
        min_length=1,
        description="The address to listen on. `HOST` is read too.",
    )
    port: int = Field(
        8000,
        ge=0,
        le=65535,
        description="The port to listen on; 0 takes a free one. `PORT` is read too.",
    )
    currency: str = Field(
        "EUR",
        description="The one currency of all prices, an ISO 4217 code; the schema shows it as `currency`.",
    )
    graphiql: bool = Field(True, description="Serve the GraphiQL page to browsers at /graphql.")
    trace: bool = Field(
        False,
        description="For development, `on` or `off`: every caller may ask for the trace of its request, and see the"
        " statements' SQL and plans. Otherwise only a token with the scope `trace` may, and sees neither.",
    )
    slow_statement: Seconds = Field(
        0.5, description="A statement that takes so long is logged as a warning with its operation, in seconds."
    )
    repeated_statements: int = Field(
        5, ge=1, description="A request that runs one statement more often than this is logged as a warning."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="The least level that is logged."
    )
    body_limit: int = Field(
        1_000_000,
        ge=1_000,
        le=100_000_000,
        description="The greatest request body, in bytes. More is 413. All requests of a worker that are not answered"
        " have 64 times as much together.",
    )
    keep_alive: int = Field(
        65,
        ge=1,
        le=3600,
        description="How long an idle connection stays open, in seconds: longer than a load balancer in front keeps it,"
        " or that one meets closed ones.",
    )
    head_timeout: Seconds = Field(
        10.0, description="How long a request's line and headers may take to arrive, from their first byte, in seconds."
    )
    write_timeout: Seconds = Field(
        30.0,
        description="How long a client may take nothing of its answer (less than 8 KiB) before it is disconnected, in"
        " seconds.",
    )
    connections: int = Field(
        4096,
        ge=16,
        le=1_000_000,
        description="The most connections of clients to each worker; fewer where the limit of open files leaves fewer."
        " A new one takes the place of the one that waited longest for its client.",
    )
    drain_timeout: Seconds = Field(
        10.0, description="How long a stopping server lets running requests go on, in seconds."
    )
    shutdown_delay: float | None = Field(
        None,
        ge=0,
        le=3600,
        description="How long a server that got SIGTERM answers requests still, while `/readyz` says 503, before it"
        " refuses connections, in seconds: as long as a load balancer takes to notice. By default 7, but 0 in an open"
        " demonstration. Ctrl-C does not wait.",
    )
    connect_timeout: Seconds = Field(5.0, description="The deadline for connecting to the database, in seconds.")
    acquire_timeout: Seconds = Field(
        2.0, description="The deadline for being given a connection, or SQLite's write lock, in seconds."
    )
    statement_timeout: Seconds = Field(10.0, description="The deadline of a statement, in seconds.")
    count_timeout: Seconds = Field(
        0.5, description="The deadline of a `totalCount`, in seconds; when it passes the count is null."
    )
    sqlite_readers: int = Field(
        2, ge=1, le=64, description="Connections that read the SQLite file side by side, each on a thread."
    )
    sqlite_mmap: int = Field(
        0,
        ge=0,
        description="How much of the SQLite file is mapped into memory at most, in bytes. It saves little, and"
        " overwriting a mapped file ends the process.",
    )
    pool_size: int = Field(10, ge=1, le=1000, description="The most connections to Postgres of this instance.")
    pool_reserve: int = Field(
        10, ge=0, description="Connections of Postgres that all instances together leave to others."
    )
    instances: int = Field(
        1,
        ge=1,
        description="How many instances share the Postgres server: each takes at most"
        " (max_connections − reserve) / instances.",
    )
    pgbouncer: bool = Field(
        False,
        description="The database URL leads to a PgBouncer in transaction mode: send no server settings and,"
        " unless `FREEHOLD_STATEMENT_CACHE` says otherwise, prepare no statements.",
    )
    statement_cache: int | None = Field(
        None,
        ge=0,
        le=10_000,
        description="Prepared statements kept on each Postgres connection; by default 256, or 0 behind PgBouncer."
        " PgBouncer 1.21 and newer work with more than 0.",
    )

    listen_url: SecretStr | None = Field(
        None,
        description="Where the cache hears of writes made elsewhere: a URL that leads to Postgres itself, where"
        " `FREEHOLD_DATABASE_URL` leads to a pooler that shares sessions. Without it the cache stays unused there.",
    )
    cache_url: SecretStr = Field(
        SecretStr("memory"),
        description="Where rows are cached: `memory` of each process, `redis://host:port/number` shared by all, or"
        " `none`. See docs/explanation/caching.md.",
    )
    cache_ttl: Seconds = Field(300.0, description="How long a cached row lives at most, in seconds.")
    cache_bytes: int = Field(
        64 << 20, ge=0, description="How much memory the cache of each process takes, in bytes, about."
    )
    cache_bound: float = Field(
        2.0,
        ge=0.2,
        le=60,
        description="How old, in seconds, a cached row may be after a write that this process did not make.",
    )
    cache_timeout: float = Field(0.25, gt=0, le=10, description="The deadline of a command to Redis, in seconds.")
    cache_personal: bool = Field(True, description="Put rows with personal data (owners) into Redis.")
    redis_url: SecretStr | None = Field(
        None,
        description="Where instances share rates and persisted queries: `redis://host:port/number`, or `none`. By"
        " default in the cache's Redis, if it is in one; otherwise each process has its own.",
    )
    coalescing: bool = Field(True, description="Let concurrent requests share statements.")
    queue_limit: int = Field(
        4096, ge=1, description="The most reads that wait for the database; more are refused with 503."
    )
    workers: int = Field(1, ge=1, le=256, description="Processes of this instance that answer requests.")

    @property
    def delay_before_shutdown(self) -> float:
        """In seconds."""
        if self.shutdown_delay is None:
            return 0.0 if self.demonstration else _SHUTDOWN_DELAY
        return self.shutdown_delay

    @field_validator("host")
    @classmethod
    def _check_host(cls, value: str) -> str:
        """An IPv6 address may stand in brackets, as in a URL."""
        return value[1:-1] if value.startswith("[") and value.endswith("]") else value

    @field_validator("database_schema")
    @classmethod
    def _check_schema(cls, value: str) -> str:
        if not re.fullmatch("([a-z_][a-z0-9_]{0,53})?", value) or value.startswith("pg_"):
            raise ValueError("expected at most 54 of a to z, 0 to 9 and _, not beginning with a digit or pg_")
        return value

    @field_validator("currency")
    @classmethod
    def _check_currency(cls, value: str) -> str:
        if not re.fullmatch("[A-Z]{3}", value):
            raise ValueError("expected three capital letters, such as EUR")
        return value

    @field_validator("*", mode="before")
    @classmethod
    def _check_text(cls, value: Any) -> Any:
        if isinstance(value, str) and not value.isascii():
            try:
                value.encode()
            except UnicodeEncodeError:
                raise ValueError("expected text in UTF-8") from None
        return value

    @field_validator("database_url", "listen_url", "cache_url", "redis_url", mode="before")
    @classmethod
    def _strip(cls, value: Any) -> Any:
        return value.strip() if isinstance(value, str) else value

    @field_validator("cache_url")
    @classmethod
    def _check_cache_url(cls, url: SecretStr) -> SecretStr:
        text = url.get_secret_value()
        if text not in ("memory", "none"):
            check_redis_url(text, besides="memory, none")
        return url

    @field_validator("redis_url")
    @classmethod
    def _check_redis_url(cls, url: SecretStr | None) -> SecretStr | None:
        if url is not None and url.get_secret_value() != "none":
            check_redis_url(url.get_secret_value(), besides="none")
        return url

    @field_validator("database_url")
    @classmethod
    def _check_database_url(cls, url: SecretStr) -> SecretStr:
        check_database_url(url.get_secret_value())
        return url

    @field_validator("listen_url")
    @classmethod
    def _check_listen_url(cls, url: SecretStr | None) -> SecretStr | None:
        if url is not None:
            parse_address(url.get_secret_value())
        return url

    @model_validator(mode="after")
    def _check_database(self) -> "Settings":
        of_postgres = {
            "FREEHOLD_DATABASE_SCHEMA": self.database_schema,
            "FREEHOLD_LISTEN_URL": self.listen_url,
            "FREEHOLD_PGBOUNCER": self.pgbouncer,
        }
        given = next((variable for variable, value in of_postgres.items() if value), None)
        if given is not None and self.database_url.get_secret_value().startswith("sqlite:"):
            raise ValueError(f"{given} is for Postgres, and FREEHOLD_DATABASE_URL names a SQLite file")
        return self

    def redis_urls(self) -> tuple[str | None, str | None]:
        """The Redis of the cache, and that of rates and persisted queries; None for what is in none."""
        cache = self.cache_url.get_secret_value()
        shared = cache if self.redis_url is None else self.redis_url.get_secret_value()
        return _redis_or_none(cache), _redis_or_none(shared)

    def limits(self) -> Limits:
        """What a connection may take, and how many there may be."""
        left = left_for_connections(self.pool_size + 4 * self.sqlite_readers)
        return Limits(
            connections=min(self.connections, left),
            idle=self.keep_alive,
            head=self.head_timeout,
            write=self.write_timeout,
            held=_BODIES * self.body_limit,
        )

    def options(self) -> Options:
        """How the database is opened."""
        cache = self.statement_cache
        url = self.database_url.get_secret_value()
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
                beside=0 if self.cache_url.get_secret_value() == "none" else _LISTENERS,
                pgbouncer=pgbouncer,
                statement_cache=cache,
                schema=self.database_schema,
                listen_url=None if self.listen_url is None else self.listen_url.get_secret_value(),
            ),
        )


def _redis_or_none(url: str) -> str | None:
    return None if url in ("memory", "none") else url


def load_settings(**overrides: Any) -> Settings:
    """The environment's settings, some replaced. Raises InvalidSettings."""
    refuse_unknown_settings()
    given: dict[str, Any] = read_environment(Settings.model_fields)
    try:
        settings = Settings(**given)  # by itself, so that what is replaced is checked too
        return Settings(**given | overrides) if overrides else settings
    except ValidationError as error:
        lines = [explain(finding, Settings.model_fields) for finding in error.errors()]
        raise InvalidSettings("\n".join(lines)) from None


def refuse_unknown_settings() -> None:
    """Raises InvalidSettings where a variable begins as a setting does and is none: a wrong name must not go unseen."""
    if wrong := list(wrong_variables(Settings.model_fields)):
        raise InvalidSettings("\n".join(wrong))
