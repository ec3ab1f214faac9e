"""Reads of pages: for each key at most `limit` rows of a list, in the list's order."""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

import msgspec

from storage.json_rows import ParameterTypes
from storage.read import Cached, Read
from storage.search import Keyset
from storage.sql.composing import Shape
from storage.sql.order import Order
from storage.sql.parameters import PAGING, types_of, values_of
from storage.sql.prepared_read import PreparedRead
from storage.visibility import Visibility

_PAGED_BY = ("limit", "start")


class PageKey(Hashable, Protocol):
    """Names a list, the number of wanted rows, and the place behind which they start."""

    @property
    def limit(self) -> int: ...
    @property
    def start(self) -> Keyset | None: ...


Key = TypeVar("Key", bound=PageKey)
Record = TypeVar("Record", bound=msgspec.Struct)


class Pages(Read[Key, list[Record], list[Record]]):
    """All keys share one statement. Its conditions are those that any of the keys needs.

    `key` is the class of the keys. `hidden` names the fragments that leave out unpublished listings.
    """

    is_list = True

    def __init__(
        self,
        name: str,
        key: type[Key],
        record: type[Record],
        *,
        order: Order,
        samples: Mapping[str, Key],
        hidden: tuple[str, ...] = (),
        cached: Cached[Key] | None = None,
    ) -> None:
        super().__init__(name, record, list, cached)
        self._samples = samples
        self._order = order
        self._hidden = hidden
        self._parameters = ParameterTypes(PAGING | types_of(key, without=_PAGED_BY) | order.start_types())

    def samples(self) -> Mapping[str, Key]:
        return self._samples

    def weight(self, keys: Sequence[Key]) -> int:
        return sum(key.limit for key in keys)

    def parameters(self, keys: Sequence[Key], visibility: Visibility) -> tuple[tuple[str, ...], list[dict[str, Any]]]:
        """The additional fragments that these keys need, and each key's parameters: by default, its fields."""
        return (), [values_of(key, without=_PAGED_BY) for key in keys]

    async def run(self, sql: PreparedRead, keys: Sequence[Key]) -> Mapping[Key, list[Record]]:
        keys = list(dict.fromkeys(keys))  # a key given twice would get the rows of its page twice
        besides, pages = self.parameters(keys, sql.visibility)
        hidden = self._hidden if sql.visibility.hides else ()
        starts = any(key.start is not None for key in keys)
        for number, (key, page) in enumerate(zip(keys, pages, strict=True)):
            page["key"] = number
            page["size"] = key.limit
            if starts:
                page |= self._order.start_together(key.start)
        shape = Shape((*hidden, *besides), self._order, starts=starts)
        return await sql.fetch_pages(keys, pages, shape, self._parameters)
