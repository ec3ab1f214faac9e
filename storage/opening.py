"""From a URL to an open database. Only the driver that it needs is imported: each takes a tenth of a start."""

import re
from pathlib import Path

import msgspec

from storage.database import Database, Deadlines, OnQuery, ignore_query
from storage.postgres.address import parse_address
from storage.postgres.options import PostgresOptions
from storage.sqlite.options import SqliteOptions
from storage.url_text import decode

_SQLITE = "sqlite:///path/to/file"


class Options(msgspec.Struct, frozen=True):
    """How either kind of database is opened."""

    deadlines: Deadlines = Deadlines()
    sqlite: SqliteOptions = SqliteOptions()
    postgres: PostgresOptions = PostgresOptions()


def check_database_url(url: str) -> None:
    """Raises ValueError, whose message shows no part of the URL that may be secret, for what can't be opened."""
    if url.startswith("sqlite:"):
        sqlite_path(url)
    elif re.match(r"postgres(ql)?:", url):
        parse_address(url)
    else:
        raise ValueError("expected sqlite:///… or postgresql://…")


def sqlite_path(url: str) -> Path:
    """The file that `sqlite:///relative` or `sqlite:////absolute` names. Raises ValueError if it names none."""
    found = re.fullmatch("sqlite:///(?P<path>[^?#]+)", url)
    path = "" if found is None else decode(found["path"].replace(" ", "%20"), _SQLITE)
    if path in ("", ":memory:") or path.endswith("/"):
        raise ValueError(f"expected {_SQLITE}, a file that several connections can open")
    return Path(path)


async def open_database(url: str, *, options: Options | None = None, on_query: OnQuery = ignore_query) -> Database:
    """Open the database that a `sqlite:///…` or `postgresql://…` URL names. Raises ValueError for another."""
    options = options or Options()
    check_database_url(url)
    if url.startswith("sqlite:"):
        from storage.sqlite.database import open_sqlite

        return await open_sqlite(
            sqlite_path(url), options=options.sqlite, deadlines=options.deadlines, on_query=on_query
        )
    from storage.postgres.database import open_postgres

    return await open_postgres(url, options=options.postgres, deadlines=options.deadlines, on_query=on_query)
