"""Named statements, read from the `.sql` files.

    -- name: owners_by_id
    -- What it returns, in what order.
    SELECT {owner} FROM owners o WHERE …

`{owner}`, `{property}` and the like stand for a record's fields, prefixed by the table's alias, so that the select
list and the record can't drift apart.

`{with_owner}` stands for the text of that name in a view that prefetches the row that the field `owner_id` refers to,
and for nothing in others. The owner's fields then follow the listing's, the last of which is the owner's id.

`{published_…}` stands for the text of that name in a view of published listings, and for nothing in others;
`{AND published_…}` makes a condition of it.

Statements that every table has are in `tables.sql`, with placeholders for the table.
"""

import re
from collections.abc import Mapping
from functools import partial
from importlib.resources import files
from typing import Any

import msgspec

from storage.json_rows import JsonRows
from storage.projection import Projection
from storage.table import Table
from storage.tables import TABLES
from storage.view import EVERYTHING, View
from storage.visibility import Visibility

_HEADER = re.compile(r"^-- name: ([\w{}]+)\n((?:--.*\n)*)", re.MULTILINE)
_UNCHANGING = ("id", "created_at")
_PUBLISHED = re.compile(r"[ \n]?\{(AND )?(published\w*)\}")


class Statement(msgspec.Struct, frozen=True):
    """A SQL text, and its name in logs, metrics and tests."""

    name: str
    text: str


class Statements(dict[str, Statement]):
    """A database's statements by name, for whole records and all listings; `view` makes those for other views.

    `fragments` are the parts of composed statements, and `rows` reads JSON rows of parameters.
    """

    def __init__(
        self,
        texts: Mapping[str, str],
        shared_fragments: Mapping[str, str] | None = None,
        rows: JsonRows | None = None,
    ) -> None:
        super().__init__()
        self.texts = texts
        self.fragments = {**(shared_fragments or {}), **texts}
        self.rows = rows or JsonRows({})
        for name in texts:
            self[name] = self.view(name, EVERYTHING)

    def view(self, name: str, view: View) -> Statement:
        """The statement for this view."""
        text = self.texts[name]
        for table in TABLES:
            text = text.replace(f"{{{table.noun}}}", self._select_list(name, table, view.projection))
            for reference in table.refers:
                join = self.texts[_join(reference)] if self.joins(name, reference, view.projection) else ""
                text = text.replace(f"{{{_join(reference)}}}", join)
        return Statement(name, _PUBLISHED.sub(partial(self._restriction, view.visibility), text))

    def joins(self, name: str, reference: str, fields: Projection) -> bool:
        """Whether the statement joins the rows that `reference`, a field of its records, refers to."""
        return reference in fields.prefetched and f"{{{_join(reference)}}}" in self.texts[name]

    def _select_list(self, name: str, table: Table[Any], fields: Projection) -> str:
        columns = [f"{table.alias}.{field}" for field in fields.of(table.record)]
        for reference, other in table.refers.items():
            if self.joins(name, reference, fields):
                columns = [f"{table.alias}.{field}" for field in fields.before_joined(table.record, reference)]
                columns += [f"{other.alias}.{field}" for field in fields.of(other.record) if field != "id"]
        return ", ".join(columns)

    def _restriction(self, visibility: Visibility, placeholder: re.Match[str]) -> str:
        return f" {placeholder[1] or ''}{self.texts[placeholder[2]]}" if visibility.hides else ""


def load_statements(package: str, *, schema: str = "") -> Statements:
    """The statements of a database's package. `schema`, an identifier, is the schema of the tables.

    Raises ValueError if a name stands twice.
    """
    texts = load_texts(package, "statements.sql")
    of_tables = load_texts(package, "tables.sql")
    rows = JsonRows(load_texts(package, "json_rows.sql"))
    for table in TABLES:
        texts |= _of_table(of_tables, table, rows)
    prefix = f'"{schema}".' if schema else ""
    texts = {name: text.replace("{schema}", prefix) for name, text in texts.items()}
    return Statements(texts, load_texts("storage.sql", "search.sql"), rows)


def load_texts(package: str, file: str) -> dict[str, str]:
    """The texts of a file by name, without their descriptions. Raises ValueError if a name stands twice."""
    text = files(package).joinpath(file).read_text(encoding="utf-8")
    headers = list(_HEADER.finditer(text))
    ends = [header.start() for header in headers[1:]] + [len(text)]
    texts: dict[str, str] = {}
    for header, end in zip(headers, ends, strict=True):
        name = header[1]
        if name in texts:
            raise ValueError(f"{package}/{file}: {name} stands twice")
        texts[name] = text[header.end() : end].strip()
    return texts


def _of_table(texts: Mapping[str, str], table: Table[Any], rows: JsonRows) -> dict[str, str]:
    types = table.column_types()
    values = {column: rows.value(column) for column in types}
    is_referred_to = any(table in other.refers.values() for other in TABLES)
    meanings = {
        "table": table.name,
        "alias": table.alias,
        "fields": f"{{{table.noun}}}",
        "columns": ", ".join(types),
        "typed": rows.typed(types),
        "values": ", ".join(values.values()),
        "assignments": ", ".join(f"{column} = {values[column]}" for column in types if column not in _UNCHANGING),
        "lock": "NO KEY UPDATE" if is_referred_to else "UPDATE",
    }
    return {_fill(name, meanings): _fill(text, meanings) for name, text in texts.items()}


def _fill(text: str, meanings: Mapping[str, str]) -> str:
    for placeholder, meaning in meanings.items():
        text = text.replace(f"{{{placeholder}}}", meaning)
    return text


def _join(reference: str) -> str:
    """The name of the text that joins the rows that a field refers to: `with_owner` for `owner_id`."""
    return f"with_{reference.removesuffix('_id')}"
