"""The catalog of a database's statements, each as it runs, without a connection."""

import re
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from typing import Any, cast

import msgspec

from storage.database import Database, Page, Row
from storage.opening import package_of
from storage.read import AnyRead
from storage.reads import READS
from storage.sql_store import SqlStore
from storage.statements import Statement, Statements, load_statements
from storage.tables import TABLES
from storage.view import EVERYTHING, View

_DESCRIPTION = re.compile(r"^-- name: ([\w{}]+)\n((?:-- .*\n)+)", re.MULTILINE)
_PART = "A fragment"


class Sample(msgspec.Struct, frozen=True):
    """A statement, and a description of its key if several statements have its name."""

    statement: Statement
    asks_for: str = ""


class Catalog:
    """The statements of the database that a URL names. `descriptions` has their descriptions, in the files' order.

    `schema`, an identifier, is the schema of the tables.
    """

    def __init__(self, url: str, *, schema: str = "") -> None:
        package = package_of(url)
        self._recorder = _Recorder(load_statements(package, schema=schema))
        self.descriptions: Mapping[str, str] = {
            name: description for name, description in _read_descriptions(package) if not description.startswith(_PART)
        }

    async def samples(self, name: str, view: View = EVERYTHING) -> list[Sample]:
        """The statements of this name, the simplest first: several if a read composes them. Raises KeyError.

        Each text comes once, though several keys may share it: the lowest prices backward are the highest forward.
        """
        if name not in self.descriptions:
            raise KeyError(name)
        read = READS.get(name)
        if read is None:
            return [Sample(self._recorder.statements.view(name, view))]
        found: dict[Statement, str] = {}
        for asks_for, key in read.samples().items():
            found.setdefault(await self._run(read, key, view), asks_for)
        return list(map(Sample, found, found.values()))

    async def _run(self, read: AnyRead, key: Any, view: View) -> Statement:
        await SqlStore(cast("Database", self._recorder)).read(read, [key], view)
        return self._recorder.last


class _Recorder:
    """A database that finds nothing and keeps the last statement."""

    last: Statement

    def __init__(self, statements: Statements) -> None:
        self.statements = statements

    def encode_keys(self, keys: Sequence[str]) -> object:
        return keys

    async def fetch(
        self, statement: Statement, *args: object, keys: int = 1, timeout: float | None = None
    ) -> Sequence[Row]:
        self.last = statement
        return []

    async def fetch_pages(
        self, statement: Statement, pages: Sequence[Page], *, keys: int, timeout: float | None = None
    ) -> Sequence[Row]:
        return await self.fetch(statement)


def _read_descriptions(package: str) -> Iterator[tuple[str, str]]:
    yield from _descriptions(package, "statements.sql")
    of_tables = list(_descriptions(package, "tables.sql"))
    for table in TABLES:
        for name, description in of_tables:
            yield name.replace("{table}", table.name), description


def _descriptions(package: str, file: str) -> Iterator[tuple[str, str]]:
    """Each name in the file with its comment, on one line."""
    text = files(package).joinpath(file).read_text(encoding="utf-8")
    for name, comment in _DESCRIPTION.findall(text):
        yield name, " ".join(line.removeprefix("-- ") for line in comment.splitlines())
