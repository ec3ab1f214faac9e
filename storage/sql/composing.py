"""Statements composed of named fragments: those of search.sql, and those that databases write differently."""

from collections.abc import Mapping
from functools import lru_cache

import msgspec

from storage.sql.order import Order
from storage.statements import Statement


class Shape(msgspec.Struct, frozen=True, cache_hash=True):
    """What varies in a statement: the fragments of its WHERE, which AND joins, its order, and whether pages start."""

    where: tuple[str, ...] = ()
    order: Order | None = None
    backward: bool = False
    starts: bool = False


class Fragments(msgspec.Struct, frozen=True, eq=False):
    """The fragments of one database, by name."""

    texts: Mapping[str, str]


@lru_cache(maxsize=4096)
def compose(skeleton: Statement, shape: Shape, fragments: Fragments) -> Statement:
    """The skeleton with the shape's `{order}` and its `{where}`, or `{AND where}` behind conditions of its own."""
    text, order, backward = skeleton.text, shape.order, shape.backward
    conditions = [fragments.texts[name] for name in shape.where]
    if order is not None:
        text = text.replace("{order}", order.clause(backward=backward))
        if shape.starts:  # before filters of the sorted column: SQLite enters an index where the first condition says
            conditions.insert(0, order.start_condition(backward=backward))
    text = text.replace(" {AND where}", "".join(f" AND {condition}" for condition in conditions))
    return Statement(skeleton.name, text.replace("{where}", " AND ".join(conditions)))
