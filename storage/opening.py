"""From a URL to an open database and its Store."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

import msgspec

from storage.database import Database, Deadlines, OnQuery, ignore_query
from storage.postgres.database import PostgresOptions, open_postgres
from storage.sqlite.database import SqliteOptions, open_sqlite


class Options(msgspec.Struct, frozen=True):
    """How either kind of database is opened."""

    deadlines: Deadlines = Deadlines()
    sqlite: SqliteOptions = SqliteOptions()
    postgres: PostgresOptions = PostgresOptions()


def sqlite_path(url: str) -> Path:
    """The file that `sqlite:///relative` or `sqlite:////absolute` names. Raises ValueError if it names none."""
    parts = urlsplit(url)
    path = unquote(parts.path.removeprefix("/"))
    if parts.netloc or parts.query or parts.fragment or path in ("", ":memory:"):
        raise ValueError("expected sqlite:///path/to/file, a file that several connections can open")
    return Path(path)


async def open_database(url: str, *, options: Options | None = None, on_query: OnQuery = ignore_query) -> Database:
    """Open the database that a `sqlite:///…` or `postgresql://…` URL names. Raises ValueError for another."""
    options = options or Options()
    scheme = urlsplit(url).scheme
    if scheme == "sqlite":
        return await open_sqlite(
            sqlite_path(url), options=options.sqlite, deadlines=options.deadlines, on_query=on_query
        )
    if scheme in ("postgresql", "postgres"):
        return await open_postgres(url, options=options.postgres, deadlines=options.deadlines, on_query=on_query)
    raise ValueError(f"expected sqlite:///… or postgresql://…, not {scheme or 'no scheme'}://")
