"""Statements composed of named fragments: those of search.sql, and those that databases write differently."""

from collections.abc import Mapping
from functools import lru_cache

import msgspec

from storage.json_rows import JsonRows, ParameterTypes
from storage.sql.order import Order
from storage.statements import Statement


class Shape(msgspec.Struct, frozen=True, cache_hash=True):
    """What varies in a statement: the fragments of its WHERE, which AND joins, its order, and whether pages start."""

    where: tuple[str, ...] = ()
    order: Order | None = None
    backward: bool = False
    starts: bool = False


class Fragments(msgspec.Struct, frozen=True, eq=False):
    """The fragments of one database by name, and how it reads the rows of `k`."""

    texts: Mapping[str, str]
    rows: JsonRows


@lru_cache(maxsize=4096)
def compose(skeleton: Statement, shape: Shape, fragments: Fragments, parameters: ParameterTypes) -> Statement:
    """The skeleton with the shape's `{order}`, its `{where}` (or `{AND where}` behind other conditions), and `k`."""
    text, order, backward = skeleton.text, shape.order, shape.backward
    conditions = [fragments.texts[name] for name in shape.where]
    if order is not None:
        text = text.replace("{order}", order.clause(backward=backward))
        if shape.starts:  # first of all conditions, since SQLite enters an index by the first that fits
            conditions.insert(0, order.start_condition(backward=backward))
    text = text.replace(" {AND where}", "".join(f" AND {condition}" for condition in conditions))
    text = text.replace("{where}", " AND ".join(conditions))
    return Statement(skeleton.name, fragments.rows.with_keys(text, parameters))
