"""Opening the database that a URL names. Only its driver is imported: each takes a tenth of the start-up time."""

import errno
import os
import re
from pathlib import Path

import msgspec

from storage.database import Database, Deadlines, OnQuery, ignore_query
from storage.errors import Unavailable
from storage.postgres.address import parse_address
from storage.postgres.options import PostgresOptions
from storage.sqlite.options import SqliteOptions
from storage.url_text import decode

_SQLITE = "sqlite:///path/to/file"


class Options(msgspec.Struct, frozen=True):
    """How a database of either kind is opened."""

    deadlines: Deadlines = Deadlines()
    sqlite: SqliteOptions = SqliteOptions()
    postgres: PostgresOptions = PostgresOptions()


def check_database_url(url: str) -> None:
    """Raises ValueError for a URL that can't be opened. The message shows no part that may be secret."""
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


def package_of(url: str) -> str:
    """The package with the statements for the database that a URL names. Raises ValueError."""
    check_database_url(url)
    return "storage.sqlite" if url.startswith("sqlite:") else "storage.postgres"


async def open_database(
    url: str, *, create: bool = False, options: Options | None = None, on_query: OnQuery = ignore_query
) -> Database:
    """Open the database that a `sqlite:///…` or `postgresql://…` URL names. Raises ValueError for any other.

    `create` makes a missing SQLite file.
    """
    options = options or Options()
    check_database_url(url)
    if url.startswith("sqlite:"):
        from storage.sqlite.database import open_sqlite

        path = sqlite_path(url)
        try:
            return await open_sqlite(
                path, create=create, options=options.sqlite, deadlines=options.deadlines, on_query=on_query
            )
        except Unavailable as exc:
            raise Unavailable(f"SQLite can't open {path}: {_why_unopened(path, create=create) or exc}") from exc
    from storage.postgres.database import open_postgres

    return await open_postgres(url, options=options.postgres, deadlines=options.deadlines, on_query=on_query)


def _has_long_name(path: Path) -> bool:
    try:
        os.stat(path)
    except OSError as exc:
        return exc.errno == errno.ENAMETOOLONG
    return False


def _why_unopened(path: Path, *, create: bool) -> str | None:
    """The reason, which SQLite doesn't give: it has one error code for all of them."""
    folder = path.parent
    if _has_long_name(path):
        return os.strerror(errno.ENAMETOOLONG)
    for parent in reversed(path.absolute().parents):
        if os.path.isdir(parent) and not os.access(parent, os.X_OK):
            return f"this process may not search {parent}"
    if os.path.isdir(path):
        return "it is a folder"
    if os.path.exists(path) and not os.path.isfile(path):
        return "it is not a file that can be a database"
    if not os.path.exists(folder):
        return f"there is no folder {folder} (`freehold migrate` makes it)"
    if not os.path.isdir(folder):
        return f"{folder} is no folder"
    if not os.path.exists(path) and os.path.islink(path):
        return f"it is a link to {os.readlink(path)}, which does not exist"
    if not os.path.exists(path) and not create:
        place = "" if path.is_absolute() else f" in {Path.cwd()}"
        return f"there is no such file{place} (`freehold migrate` makes one)"
    return None
