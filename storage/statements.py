"""Named SQL, read from the `.sql` files.

    -- name: owners_by_id
    -- What it returns, in what order.
    SELECT {owner} FROM owners o WHERE …

`{owner}`, `{property}` and `{price_change}` stand for a record's fields, prefixed by the table's alias
(o, p, c), so that the select list and the record can't drift apart.
"""

import re
from collections.abc import Mapping, Sequence
from importlib.resources import files

import msgspec

from storage.record import Fields, Owner, PriceChange, Property

_HEADER = re.compile(r"^-- name: (\w+)\n((?:--.*\n)*)", re.MULTILINE)


def _select_list(alias: str, fields: Sequence[str]) -> str:
    return ", ".join(f"{alias}.{field}" for field in fields)


_OWNER = _select_list("o", Owner.__struct_fields__)
_PROPERTY = _select_list("p", Property.__struct_fields__)
_SELECT_LISTS = {
    "{owner}": _OWNER,
    "{property}": _PROPERTY,
    "{price_change}": _select_list("c", PriceChange.__struct_fields__),
}


class Statement(msgspec.Struct, frozen=True):
    """One SQL text and the name it goes by in logs, metrics and tests."""

    name: str
    text: str


def load_statements(package: str, file: str = "statements.sql") -> dict[str, Statement]:
    """Every statement of a package's file, by name. Raises ValueError if a name stands twice."""
    text = files(package).joinpath(file).read_text(encoding="utf-8")
    headers = list(_HEADER.finditer(text))
    ends = [header.start() for header in headers[1:]] + [len(text)]
    statements: dict[str, Statement] = {}
    for header, end in zip(headers, ends, strict=True):
        name = header[1]
        if name in statements:
            raise ValueError(f"{package}/{file}: {name} stands twice")
        statements[name] = Statement(name, _expand(text[header.end() : end].strip()))
    return statements


class Narrowed(dict[str, Statement]):
    """Statements with no more than some fields in their select lists, each made when it is first used."""

    def __init__(self, statements: Mapping[str, Statement], fields: Fields) -> None:
        super().__init__()
        self._statements = statements
        self._fields = fields

    def __missing__(self, name: str) -> Statement:
        text = self._statements[name].text
        text = text.replace(_OWNER, _select_list("o", self._fields.owner))
        text = text.replace(_PROPERTY, _select_list("p", self._fields.property))
        statement = self[name] = Statement(name, text)
        return statement


def _expand(text: str) -> str:
    for placeholder, select_list in _SELECT_LISTS.items():
        text = text.replace(placeholder, select_list)
    return text
