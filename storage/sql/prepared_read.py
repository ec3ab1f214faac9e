"""A read as one database runs it in one view."""

from collections.abc import Coroutine, Hashable, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any, TypeVar

import msgspec

from storage.database import Database, Page, Row
from storage.json_rows import ParameterTypes
from storage.rows import Maker
from storage.sql.composing import Fragments, Shape, compose
from storage.statements import Statement
from storage.visibility import Visibility

Key = TypeVar("Key", bound=Hashable)

_KEY = itemgetter(-1)


class PreparedRead(msgspec.Struct, frozen=True, eq=False):
    """The statement of a read, and what makes records of its rows. `count_timeout` is in seconds."""

    database: Database
    statement: Statement
    fragments: Fragments
    maker: Maker
    visibility: Visibility
    count_timeout: float

    def fetch(self, keys: Sequence[str]) -> Coroutine[Any, Any, Sequence[Row]]:
        """The rows of these keys, for a statement that takes an array of keys."""
        database = self.database
        return database.fetch(self.statement, database.encode_keys(keys), keys=len(keys))

    async def fetch_pages(
        self, keys: Sequence[Key], pages: Sequence[Page], shape: Shape, parameters: ParameterTypes
    ) -> dict[Key, list[Any]]:
        """The records of each key. A page's `key` is the number of its key in `keys`."""
        statement = compose(self.statement, shape, self.fragments, parameters)
        rows = await self.database.fetch_pages(statement, pages, keys=_count_keys(pages))
        found: dict[Key, list[Any]] = {}
        for number, page in groupby(rows, _KEY):
            found.setdefault(keys[number], []).extend(self.maker.of_pages(page))
        return found

    async def fetch_counts(self, pages: Sequence[Page], shape: Shape, parameters: ParameterTypes) -> Sequence[Row]:
        """For each page, a row with its count and its `key`. Uses the deadline of counts."""
        statement = compose(self.statement, shape, self.fragments, parameters)
        return await self.database.fetch_pages(statement, pages, keys=_count_keys(pages), timeout=self.count_timeout)


def _count_keys(pages: Sequence[Page]) -> int:
    return len({page["key"] for page in pages})
