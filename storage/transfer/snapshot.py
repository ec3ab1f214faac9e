"""All tables of a database as of one moment, in pages, for an export."""

from collections.abc import Mapping
from typing import TypeVar

import msgspec

from storage.database import Connection
from storage.statements import Statement
from storage.table import Table

Record = TypeVar("Record", bound=msgspec.Struct)


class Snapshot:
    """Reads tables in the order of their ids."""

    def __init__(self, statements: Mapping[str, Statement], connection: Connection) -> None:
        self._sql = statements
        self._connection = connection

    async def page(self, table: Table[Record], *, after: str, limit: int) -> list[Record]:
        """The next rows behind this id; "" is before the first row. A page with fewer rows than `limit` is the last."""
        rows = await self._connection.fetch(self._sql[f"export_{table.name}"], after, limit)
        return [table.record(*row) for row in rows]
