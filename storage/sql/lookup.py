"""Reads of at most one row for each key: records by an id or a reference, and counts by an id."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from storage.read import Cached, Read
from storage.reference import by_reference, stored_spellings
from storage.sql.prepared_read import PreparedRead

Record = TypeVar("Record", bound=msgspec.Struct)


def _none() -> None:
    return None


class Lookup(Read[str, Record, Record | None]):
    """Records by their id."""

    def __init__(self, name: str, record: type[Record], cached: Cached[str] | None = None) -> None:
        super().__init__(name, record, _none, cached)

    def samples(self) -> Mapping[str, str]:
        return {"": "key"}

    def weight(self, keys: Sequence[str]) -> int:
        return len(keys)

    async def run(self, sql: PreparedRead, keys: Sequence[str]) -> Mapping[str, Record]:
        return {record.id: record for record in sql.maker.of_rows(await sql.fetch(keys))}


class ReferenceLookup(Lookup[Record]):
    """Records by their reference. A reference in NFC or NFD finds the same row."""

    async def run(self, sql: PreparedRead, keys: Sequence[str]) -> Mapping[str, Record]:
        return by_reference(keys, sql.maker.of_rows(await sql.fetch(stored_spellings(keys))))


class Count(Read[str, int, int]):
    """The number of rows that refer to each id. An id without rows is absent."""

    def __init__(self, name: str, cached: Cached[str] | None = None) -> None:
        super().__init__(name, None, int, cached)

    def samples(self) -> Mapping[str, str]:
        return {"": "key"}

    def weight(self, keys: Sequence[str]) -> int:
        return len(keys)

    async def run(self, sql: PreparedRead, keys: Sequence[str]) -> Mapping[str, int]:
        rows: Sequence[Any] = await sql.fetch(keys)
        return dict(rows)
