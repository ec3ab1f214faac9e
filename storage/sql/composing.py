"""Statements composed of named fragments: those of search.sql, and those of a database's own files."""

from collections.abc import Mapping
from functools import lru_cache

import msgspec

from storage.json_rows import JsonRows, ParameterTypes
from storage.sql.order import Order
from storage.statements import Statement


class Shape(msgspec.Struct, frozen=True, cache_hash=True):
    """The variable parts of a statement: the fragments of its WHERE, joined by AND, its order and direction.

    `starts` says that its pages start behind a row.
    """

    where: tuple[str, ...] = ()
    order: Order | None = None
    backward: bool = False
    starts: bool = False


class Fragments(msgspec.Struct, frozen=True, eq=False):
    """The fragments of one database by name, and its SQL for the rows of `k`."""

    texts: Mapping[str, str]
    rows: JsonRows


@lru_cache(maxsize=4096)
def compose(skeleton: Statement, shape: Shape, fragments: Fragments, parameters: ParameterTypes) -> Statement:
    """The skeleton with `{order}`, `{where}` or `{AND where}` (behind other conditions) filled, and with `k`."""
    text, order, backward = skeleton.text, shape.order, shape.backward
    conditions = [fragments.texts[name] for name in shape.where]
    if order is not None:
        text = text.replace("{order}", order.clause(backward=backward))
        if shape.starts:  # first of all conditions, since SQLite enters an index by the first that fits
            conditions.insert(0, order.start_condition(backward=backward))
    text = text.replace(" {AND where}", "".join(f" AND {condition}" for condition in conditions))
    text = text.replace("{where}", " AND ".join(conditions))
    return Statement(skeleton.name, fragments.rows.with_keys(text, parameters))
