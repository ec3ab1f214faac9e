"""Orders of a list: by one column and then by id, both in the same direction."""

from typing import Any

import msgspec

from storage.search import Keyset

_BEHIND_EVERY_ROW = Keyset(value=2**53, id="~")


class Order(msgspec.Struct, frozen=True, cache_hash=True):
    """By a column of the table with this alias. A page starts behind the statement's `k.start_…`, of this parameter.

    Rows are records' fields, so that a column that records lack can't be merged (`sort`).
    """

    alias: str
    column: str
    start_column: str
    start_parameter: str
    descending: bool = False

    def clause(self, *, backward: bool) -> str:
        """The ORDER BY."""
        direction = " DESC" if self.descending != backward else ""
        return f"{self.alias}.{self.column}{direction}, {self.alias}.id{direction}"

    def start_condition(self, *, backward: bool) -> str:
        """The condition that a row is behind the start."""
        sign = "<" if self.descending != backward else ">"
        return f"({self.alias}.{self.column}, {self.alias}.id) {sign} (k.{self.start_column}, k.start_id)"

    def start_parameters(self, start: Keyset | None) -> dict[str, Any]:
        """The parameters of where a page starts."""
        return {} if start is None else {self.start_parameter: start.value, "start_id": start.id}

    def start_together(self, start: Keyset | None) -> dict[str, Any]:
        """The same for a page of a descending list that shares a statement with pages that start elsewhere."""
        return self.start_parameters(start or _BEHIND_EVERY_ROW)

    def sort(self, rows: list[Any], *, backward: bool) -> None:
        """Sort records in place, as the database does."""
        rows.sort(key=lambda row: (getattr(row, self.column), row.id), reverse=self.descending != backward)


def newest_first(alias: str, column: str) -> Order:
    """By a time, the last first."""
    return Order(alias, column, "start_time", "start_micros", descending=True)
