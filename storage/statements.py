"""Named SQL, read from the `.sql` files.

    -- name: owners_by_id
    -- What it returns, in what order.
    SELECT {owner} FROM owners o WHERE …

`{owner}`, `{property}` and `{price_change}` stand for a record's fields, prefixed by the table's alias
(o, p, c), so that the select list and the record can't drift apart. Where `{with_owner}` stands, listings may bring
their owners along: then it is the text of that name, and the owner's fields follow the listing's, which end in the
owner's id. Where `{published_…}` stands, a store of published listings alone has the text of that name, and another
nothing; `{AND published_…}` makes a condition of it.
"""

import re
from collections.abc import Mapping, Sequence
from functools import partial
from importlib.resources import files

import msgspec

from storage.record import PriceChange
from storage.view import EVERYTHING, View
from storage.visibility import Visibility

_HEADER = re.compile(r"^-- name: (\w+)\n((?:--.*\n)*)", re.MULTILINE)
_JOIN = "with_owner"
_WITH_OWNER = f"{{{_JOIN}}}"
_PUBLISHED = re.compile(r"[ \n]?\{(AND )?(published\w*)\}")


class Statement(msgspec.Struct, frozen=True):
    """One SQL text and the name it goes by in logs, metrics and tests."""

    name: str
    text: str


class Statements(dict[str, Statement]):
    """A file's, by name, each as it finds whole records of every listing; `view` has them otherwise."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        super().__init__()
        self.texts = texts
        for name in texts:
            self[name] = self.view(name, EVERYTHING)

    def view(self, name: str, view: View) -> Statement:
        """One statement, in this view."""
        text, fields = self.texts[name], view.fields
        listing, join = _select_list("p", fields.property), ""
        if self.joins(name, view):
            listing, join = _select_list("p", fields.before_owner()), self.texts[_JOIN]
            listing = ", ".join((listing, *(f"o.{field}" for field in fields.owner if field != "id")))
        for placeholder, meaning in (
            ("{owner}", _select_list("o", fields.owner)),
            ("{property}", listing),
            ("{price_change}", _select_list("c", PriceChange.__struct_fields__)),
            (_WITH_OWNER, join),
        ):
            text = text.replace(placeholder, meaning)
        return Statement(name, _PUBLISHED.sub(partial(self._restriction, view.visibility), text))

    def joins(self, name: str, view: View) -> bool:
        """Whether the statement's listings bring their owners along in this view."""
        return view.fields.with_owner and _WITH_OWNER in self.texts[name]

    def _restriction(self, visibility: Visibility, placeholder: re.Match[str]) -> str:
        return f" {placeholder[1] or ''}{self.texts[placeholder[2]]}" if visibility.hides else ""


def load_statements(package: str, file: str = "statements.sql", *, schema: str = "") -> Statements:
    """Every statement of a package's file, with whole records. Raises ValueError if a name stands twice.

    With a `schema`, an identifier, the tables are those of that schema.
    """
    text = files(package).joinpath(file).read_text(encoding="utf-8")
    text = text.replace("{schema}", f'"{schema}".' if schema else "")
    headers = list(_HEADER.finditer(text))
    ends = [header.start() for header in headers[1:]] + [len(text)]
    texts: dict[str, str] = {}
    for header, end in zip(headers, ends, strict=True):
        name = header[1]
        if name in texts:
            raise ValueError(f"{package}/{file}: {name} stands twice")
        texts[name] = text[header.end() : end].strip()
    return Statements(texts)


def _select_list(alias: str, fields: Sequence[str]) -> str:
    return ", ".join(f"{alias}.{field}" for field in fields)
