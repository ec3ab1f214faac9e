"""Lists: the items of all lists of a column become one column."""

from __future__ import annotations

from collections.abc import AsyncIterable
from itertools import chain
from typing import Any

from graphql import GraphQLError
from graphql.pyutils import is_iterable

from executor._columns.columns import Column, Lists
from executor._columns.places import ItemPlace, Place
from executor._columns.values import Kinds, is_async_iterable
from executor._field import Field
from executor._fields.shape import AnyShape, Values
from executor._plan import Run, Shape
from executor._request import Request

__all__ = ["ListShape"]

_LISTS: Kinds = {list, tuple}


class ListShape(AnyShape):
    """Lists of items of any shape."""

    def __init__(self, required: bool, items: Shape) -> None:
        super().__init__(required)
        self._items = items

    def begin_present(self, values: Values, kinds: Kinds, place: Place, run: Run) -> Column:
        if not kinds <= _LISTS:
            return self.begin([_listed(value, place.field) for value in values], place, run)
        items = list(chain.from_iterable(values))
        sizes = list(map(len, values))
        return Lists(self._items.begin(items, ItemPlace(place, sizes), run), sizes, self._items.required)

    def shareable(self, request: Request) -> bool:
        return self._items.shareable(request)


def _listed(value: Any, field: Field) -> Any:
    """A list, an awaitable of a list, or the exception that says why there is none."""
    if is_async_iterable(value):
        return _collect(value)
    if not is_iterable(value):
        return GraphQLError(f"Expected Iterable, but did not find one for field '{field.parent_type}.{field.name}'.")
    try:
        return list(value)
    except Exception as error:
        return error


async def _collect(values: AsyncIterable[Any]) -> list[Any]:
    items: list[Any] = []
    iterator = aiter(values)
    try:
        async for item in iterator:
            items.append(item)  # noqa: PERF401 - what came before an error has begun
    except BaseException:
        close = getattr(iterator, "aclose", None)
        if close is not None:
            await close()
        raise
    return items
