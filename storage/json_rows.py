"""Rows of parameters: a statement takes them as one JSON array, and reads their columns in the database's own SQL."""

import re
from collections.abc import Mapping
from typing import Any, get_args, get_origin

import msgspec

_JSON_TYPES = {str: "text", int: "bigint", float: "float8", tuple: "text[]"}
"""How Postgres reads a JSON value of each of these types. A tuple holds text."""
_COLUMN_OF_K = re.compile(r"\bk\.(\w+)")


class ParameterTypes(msgspec.Struct, frozen=True, eq=False):
    """The columns that a row of parameters may have, and the type of each."""

    types: Mapping[str, type]


def type_of(annotation: Any) -> type:
    """The type of a field's values besides None: text, integer, floating point, or a tuple of texts."""
    (kind,) = [kind for kind in _alternatives(annotation) if kind is not type(None)]
    kind = get_origin(kind) or kind
    assert kind in _JSON_TYPES, annotation
    return kind  # type: ignore[no-any-return]


def _alternatives(annotation: Any) -> tuple[Any, ...]:
    return (annotation,) if get_origin(annotation) is tuple else get_args(annotation) or (annotation,)


class JsonRows:
    """One database's SQL for rows of parameters, from its `json_rows.sql`."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = texts

    def value(self, column: str) -> str:
        """The value of a column of the row `r`. Times, whose columns end in `_at`, are microseconds since 1970."""
        return self._texts["time" if column.endswith("_at") else "value"].replace("{column}", column)

    def typed(self, types: Mapping[str, type]) -> str:
        """The columns with their types, as Postgres reads JSON."""
        return ", ".join(f"{column} {_JSON_TYPES[type]}" for column, type in types.items())

    def with_keys(self, text: str, parameters: ParameterTypes) -> str:
        """The statement behind the `WITH k AS (…)` that it needs: `k` has the columns that the text names."""
        types = {column: parameters.types[column] for column in _COLUMN_OF_K.findall(text)}
        values = ", ".join(f"{self.value(column)} AS {column}" for column in types)
        keys = self._texts["keys"].replace("{values}", values).replace("{typed}", self.typed(types))
        return f"{keys}\n{text}"
