"""Whether the tables are there, with the columns that this code reads, and may be read."""

from storage.database import Database
from storage.errors import Misconfigured
from storage.tables import TABLES

_COLUMNS = [f"{table}.{column}" for table in TABLES for column in table.column_types()]


async def refuse_unreadable_tables(database: Database) -> None:
    """Raises Misconfigured, which names the first table that can't be read, and as `fetch` does."""
    rows = await database.fetch(database.statements["unreadable_columns"], database.encode_keys(_COLUMNS))
    for table in TABLES:
        unreadable = {column: missing for column, missing in rows if column.startswith(f"{table}.")}
        if unreadable:
            raise Misconfigured(_complaint(str(table), unreadable, len(table.column_types())))


def _complaint(table: str, unreadable: dict[str, bool], columns: int) -> str:
    """`unreadable` says of each column of the table that can't be read whether it is missing."""
    missing = [column.rpartition(".")[2] for column, is_missing in unreadable.items() if is_missing]
    if len(missing) == columns:
        return f"there is no table {table}, which migrations had made: restore it"
    if missing:
        return f"the table {table} lacks {', '.join(missing)}, which migrations had made: restore it"
    return f"the role may not read the table {table}: grant it SELECT"
