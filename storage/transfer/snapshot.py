"""Everything a database held at one moment, in pages, for an export."""

from collections.abc import Mapping

from storage.database import Connection
from storage.record import Owner, PriceChange, Property
from storage.statements import Statement


class Snapshot:
    """Reads each table by id; a page shorter than `limit` is the last."""

    def __init__(self, statements: Mapping[str, Statement], connection: Connection) -> None:
        self._sql = statements
        self._connection = connection

    async def owners(self, *, after: str, limit: int) -> list[Owner]:
        """The next owners behind this id; "" is before the first."""
        rows = await self._connection.fetch(self._sql["export_owners"], after, limit)
        return [Owner(*row) for row in rows]

    async def properties(self, *, after: str, limit: int) -> list[Property]:
        """The next listings behind this id; "" is before the first."""
        rows = await self._connection.fetch(self._sql["export_properties"], after, limit)
        return [Property(*row) for row in rows]

    async def price_changes(self, *, after: str, limit: int) -> list[PriceChange]:
        """The next price changes behind this id; "" is before the first."""
        rows = await self._connection.fetch(self._sql["export_price_changes"], after, limit)
        return [PriceChange(*row) for row in rows]
