"""A table, declared once: its columns are its record's fields, and keys that are folded from them."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Generic, TypeVar

import msgspec

from storage import ids
from storage.folding import fold
from storage.json_rows import type_of

Record = TypeVar("Record", bound=msgspec.Struct)


def _no_tags(record: Any) -> Iterable[str]:
    return ()


class Table(Generic[Record]):
    """Rows of `record`, read under the alias `alias`.

    `called` is the noun for a row in messages. `folded` names the columns besides the record's fields: each holds the
    key that a field's text is matched by. `refers` names the fields that hold the id of a row of another table. `tags`
    returns the tags that a cache drops when this row is inserted, changed or deleted. `history` returns, for each other
    table, the records that an update from the first record to the second adds to it.

    Fields by these names mean the same in every table: `id`, `reference` (the key of the row's source, unique),
    `version` (one more with every change), `created_at`, `updated_at`; times end in `_at`.
    """

    def __init__(
        self,
        record: type[Record],
        name: str,
        alias: str,
        *,
        id_prefix: str,
        called: str,
        folded: Mapping[str, str] | None = None,
        refers: Mapping[str, "Table[Any]"] | None = None,
        tags: Callable[[Record], Iterable[str]] = _no_tags,
        history: "Mapping[Table[Any], Callable[[Record, Record], Sequence[Any]]] | None" = None,
    ) -> None:
        self.record = record
        self.name = name
        self.alias = alias
        self.id_prefix = id_prefix
        self.called = called
        self.folded = folded or {}
        self.refers = refers or {}
        self.tags = tags
        self.history = history or {}
        self.noun = re.sub(r"(?<!^)(?=[A-Z])", "_", record.__name__).lower()

    def __repr__(self) -> str:
        return self.name

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields of the record."""
        return self.record.__struct_fields__

    def column_types(self) -> dict[str, type]:
        """All columns, and the types of their values besides None: text, integers (as times are) or floating point."""
        types = {field.name: type_of(field.type) for field in msgspec.structs.fields(self.record)}
        return types | dict.fromkeys(self.folded, str)

    def row(self, record: Record) -> dict[str, Any]:
        """The values of all columns."""
        keys = {column: _fold(getattr(record, field)) for column, field in self.folded.items()}
        return msgspec.structs.asdict(record) | keys

    def field_of(self, column: str) -> str:
        """The record's field that the column holds, as it is or folded."""
        return self.folded.get(column, column)

    def make(self, values: Mapping[str, Any], now: int) -> Record:
        """A new record with an id of its own. `now` in µs since 1970."""
        own = {"id": ids.new_id(self.id_prefix), "version": 1, "created_at": now, "updated_at": now}
        return self.record(**values, **{field: value for field, value in own.items() if field in self.fields})

    def next(self, old: Record, new: Record, now: int) -> Record:
        """`new` with the version and time of an update of `old`. `now` is in µs since 1970."""
        if "version" not in self.fields:
            return new
        version, updated_at = old.version + 1, max(now, old.updated_at)  # type: ignore[attr-defined]
        return msgspec.structs.replace(new, version=version, updated_at=updated_at)


def _fold(text: str | None) -> str | None:
    return None if text is None else fold(text)
