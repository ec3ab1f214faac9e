"""Searches and pages as SQL: each is composed of named fragments along one index.

Guaranteed paths, each in both directions and in every order of its kind: listings by city and status, by
owner, by status; owners by name, or all of them. Whatever else a filter says narrows what such a path reads.
A search for several statuses reads one index range for each of them; where unpublished listings don't exist, there are
no ranges of theirs, and an owner's published listings have indexes of their own.

Pages go together whatever they say: their statement says what any of them needs, and no more.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

import msgspec

from storage.search import (
    Keyset,
    OwnerFilter,
    OwnerOrder,
    OwnerSearch,
    PriceChangePage,
    PropertyFilter,
    PropertyOrder,
    PropertyPage,
    PropertySearch,
)
from storage.statements import Statement, load_statements
from storage.visibility import EVERY_LISTING, Visibility

_FRAGMENTS = load_statements("storage", "search.sql")
_NARROWING = (
    "region_key",
    "min_price",
    "max_price",
    "min_bedrooms",
    "min_bathrooms",
    "min_area",
    "max_area",
    "box",
)
_PROPERTY_ORDERS = {
    PropertyOrder.NEWEST: ("time", "down"),
    PropertyOrder.PRICE_UP: ("price", "up"),
    PropertyOrder.PRICE_DOWN: ("price", "down"),
}
_OWNER_ORDERS = {OwnerOrder.NEWEST: ("time", "down"), OwnerOrder.NAME: ("name", "up")}
_OPPOSITE = {"up": "down", "down": "up"}
_START_NAMES = {"time": "start_micros", "price": "start_price", "name": "start_name"}
_LAST_CHARACTER = "\U0010ffff"
_FIRST = Keyset(value=2**53, id="~")
"""Behind every row: where a page begins that goes together with one that starts elsewhere."""


class Shape(msgspec.Struct, frozen=True):
    """The fragments of one statement's WHERE, and of its ORDER BY if it has one. Searches of one shape share it."""

    where: tuple[str, ...]
    order: str | None = None


def property_shape(search: PropertySearch, visibility: Visibility = EVERY_LISTING) -> Shape:
    """The fragments that answer this search."""
    column, direction = _PROPERTY_ORDERS[search.order]
    order = _order("properties", column, direction, search.backward)
    return Shape((*_start(order, search.start), *property_filter_shape(search.filter, visibility).where), order)


def property_filter_shape(wanted: PropertyFilter, visibility: Visibility = EVERY_LISTING) -> Shape:
    """The fragments that find this filter's listings, in no order."""
    if wanted.owner_id is not None:
        path = ["properties_of_owner", *_hidden(visibility, "published")]
        path += ["statuses"] if wanted.statuses else []
        path += ["city_key"] if wanted.city_key is not None else []
    elif wanted.city_key is not None:
        path = ["properties_of_city"]
    else:
        path = ["properties_of_status"]
    return Shape((*path, *(name for name in _NARROWING if getattr(wanted, name) is not None)))


def owner_shape(search: OwnerSearch) -> Shape:
    """The fragments that answer this search."""
    column, direction = _OWNER_ORDERS[search.order]
    order = _order("owners", column, direction, search.backward)
    return Shape((*_start(order, search.start), *owner_filter_shape(search.filter).where), order)


def owner_filter_shape(wanted: OwnerFilter) -> Shape:
    """The fragments that find this filter's owners, in no order."""
    return Shape(("owners_all" if wanted.name_key is None else "name_key",))


def property_parameters(wanted: PropertyFilter, visibility: Visibility = EVERY_LISTING) -> Iterator[dict[str, Any]]:
    """The filter's parameters, once for each index range it reads: none where no listing has such a status."""
    statuses = visibility.among(wanted.statuses)
    given = {
        name: value
        for name in ("city_key", "owner_id", *_NARROWING)
        if name != "box" and (value := getattr(wanted, name)) is not None
    }
    if wanted.box is not None:
        given |= msgspec.structs.asdict(wanted.box)
    if wanted.owner_id is None:
        for status in statuses:
            yield given | {"status": status}
    elif statuses:
        yield given | {"statuses": statuses} if wanted.statuses else given


def owner_parameters(wanted: OwnerFilter) -> Iterator[dict[str, Any]]:
    """The filter's parameters."""
    if wanted.name_key is None:
        yield {}
    else:
        yield {"name_key": wanted.name_key, "name_key_end": wanted.name_key + _LAST_CHARACTER}


def start_parameters(order: PropertyOrder | OwnerOrder, start: Keyset | None) -> dict[str, Any]:
    """The parameters of the place where a page starts."""
    if start is None:
        return {}
    column, _ = _PROPERTY_ORDERS[order] if isinstance(order, PropertyOrder) else _OWNER_ORDERS[order]
    return {_START_NAMES[column]: start.value, "start_id": start.id}


def property_pages(
    pages: Sequence[PropertyPage], visibility: Visibility = EVERY_LISTING
) -> tuple[Shape, list[dict[str, Any]]]:
    """The fragments that answer all of these pages, and each page's parameters."""
    where: tuple[str, ...] = ("properties_of_owner", *_hidden(visibility, "published"))
    parameters = [{"key": key, "owner_id": page.owner_id, "limit": page.limit} for key, page in enumerate(pages)]
    if any(page.statuses for page in pages):
        where += ("statuses",)
        for page, its in zip(pages, parameters, strict=True):
            its["statuses"] = visibility.among(page.statuses)
    return _starting("properties_time_down", where, pages, parameters)


def price_change_pages(
    pages: Sequence[PriceChangePage], visibility: Visibility = EVERY_LISTING
) -> tuple[Shape, list[dict[str, Any]]]:
    """The fragments that answer all of these pages, and each page's parameters."""
    parameters = [{"key": key, "property_id": page.property_id, "limit": page.limit} for key, page in enumerate(pages)]
    where = ("price_changes_of_property", *_hidden(visibility, "published_change"))
    return _starting("price_changes_time_down", where, pages, parameters)


@lru_cache(maxsize=4096)
def compose(skeleton: Statement, shape: Shape, backend: tuple[Statement, ...]) -> Statement:
    """The statement of one shape. `backend` holds the fragments that the two databases write differently."""
    fragments = _FRAGMENTS | {fragment.name: fragment for fragment in backend}
    where = " AND ".join(fragments[name].text for name in shape.where)
    text = skeleton.text.replace("{where}", where)
    if shape.order is not None:
        text = text.replace("{order}", fragments[shape.order].text)
    return Statement(skeleton.name, text)


def _hidden(visibility: Visibility, fragment: str) -> tuple[str, ...]:
    return (fragment,) if visibility.hides else ()


def _order(table: str, column: str, direction: str, backward: bool) -> str:
    return f"{table}_{column}_{_OPPOSITE[direction] if backward else direction}"


def _start(order: str, start: Keyset | None) -> tuple[str, ...]:
    """Stands before filters of the sorted column: SQLite enters an index where the first says, and walks from there."""
    return () if start is None else (f"{order}_from",)


def _starting(
    order: str,
    where: tuple[str, ...],
    pages: Sequence[PropertyPage | PriceChangePage],
    parameters: list[dict[str, Any]],
) -> tuple[Shape, list[dict[str, Any]]]:
    if any(page.start is not None for page in pages):
        where = (f"{order}_from", *where)
        for page, its in zip(pages, parameters, strict=True):
            its |= start_parameters(PropertyOrder.NEWEST, page.start or _FIRST)
    return Shape(where, order), parameters
