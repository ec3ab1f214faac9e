"""The order of a list: by one column and then by id, both in the same direction."""

from typing import Any

import msgspec

from storage.search import Keyset
from storage.table import Table

_BEHIND_EVERY_ROW = Keyset(value=2**53, id="~")


class Order(msgspec.Struct, frozen=True, cache_hash=True):
    """By a column of the table. A page starts behind the row of `k.start_<column>` and `k.start_id`.

    Records of the table can be merged in this order (`sort`) only if the column is one of their fields.
    """

    table: Table[Any]
    column: str
    descending: bool = False

    def clause(self, *, backward: bool) -> str:
        """The ORDER BY."""
        alias, direction = self.table.alias, " DESC" if self.descending != backward else ""
        return f"{alias}.{self.column}{direction}, {alias}.id{direction}"

    def start_condition(self, *, backward: bool) -> str:
        """The condition for rows behind the start."""
        alias, sign = self.table.alias, "<" if self.descending != backward else ">"
        return f"({alias}.{self.column}, {alias}.id) {sign} (k.start_{self.column}, k.start_id)"

    def start_types(self) -> dict[str, type]:
        """The types of the parameters that say where a page starts."""
        return {f"start_{self.column}": self.table.column_types()[self.column], "start_id": str}

    def start_parameters(self, start: Keyset | None) -> dict[str, Any]:
        """The parameters that say where a page starts; none for a first page."""
        return {} if start is None else {f"start_{self.column}": start.value, "start_id": start.id}

    def start_together(self, start: Keyset | None) -> dict[str, Any]:
        """The same for a page of a descending list whose statement also reads pages that start elsewhere."""
        return self.start_parameters(start or _BEHIND_EVERY_ROW)

    def sort(self, rows: list[Any], *, backward: bool) -> None:
        """Sort records in place, as the database does."""
        rows.sort(key=lambda row: (getattr(row, self.column), row.id), reverse=self.descending != backward)
