"""Reads of filtered lists in one of several orders, and of the number of rows that a filter finds."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from itertools import product
from typing import Any, Protocol, TypeVar

import msgspec

from storage.json_rows import ParameterTypes
from storage.read import Read
from storage.search import Keyset
from storage.sql.composing import Shape
from storage.sql.order import Order
from storage.sql.parameters import PAGING
from storage.sql.prepared_read import PreparedRead
from storage.visibility import Visibility

COUNT_LIMIT = 10_000
"""Counts are exact up to this limit. COUNT_LIMIT + 1 stands for more."""
_SAMPLE_START = Keyset(0, "id")
_COUNT_WEIGHT = 1000  # a count brings no rows, but reads up to COUNT_LIMIT entries of an index

Parameters = dict[str, Any]
Filter = TypeVar("Filter", bound=Hashable)
FilterIn = TypeVar("FilterIn", contravariant=True)
FilterOf = TypeVar("FilterOf", covariant=True)
Record = TypeVar("Record", bound=msgspec.Struct)


class Paths(Protocol[FilterIn]):
    """How filters of a table become SQL."""

    @property
    def types(self) -> Mapping[str, type]:
        """The types of the parameters in `ranges`."""

    @property
    def samples(self) -> Mapping[str, Any]:
        """A filter for each path, by its description."""

    def fragments(self, wanted: FilterIn, visibility: Visibility) -> tuple[str, ...]:
        """The fragments of the conditions that find the filter's rows."""

    def ranges(self, wanted: FilterIn, visibility: Visibility) -> Iterable[Parameters]:
        """The filter's parameters for each index range that it reads."""


class SearchKey(Hashable, Protocol[FilterOf]):
    """A page of a filtered, ordered list. A `backward` page has the last rows before `start`, in the same order."""

    @property
    def filter(self) -> FilterOf: ...
    @property
    def order(self) -> Any: ...
    @property
    def limit(self) -> int: ...
    @property
    def start(self) -> Keyset | None: ...
    @property
    def backward(self) -> bool: ...


Key = TypeVar("Key", bound=SearchKey[Any])


class Search(Read[Key, list[Record], list[Record]]):
    """A page for each search, in its order. Searches of one shape share a statement.

    `key` is the class of the searches. `merged_by` names the fields by which rows of several index ranges are merged.
    May raise InvalidValue.
    """

    is_list = True
    has_shapes = True

    def __init__(
        self,
        name: str,
        key: Callable[..., Key],
        record: type[Record],
        paths: Paths[Any],
        orders: Mapping[Any, Order],
        *,
        merged_by: Sequence[str] = (),
    ) -> None:
        super().__init__(name, record, list)
        starts = {name: type for order in orders.values() for name, type in order.start_types().items()}
        self._parameters = ParameterTypes({**PAGING, **paths.types, **starts})
        self.sorted_by = merged_by
        self.orders = orders.values()
        self._key = key
        self._paths = paths
        self._orders = orders

    def samples(self) -> Mapping[str, Key]:
        """A search along each path, in each order and direction, from the beginning and from a row."""
        kinds = product(self._paths.samples.items(), self._orders, (None, _SAMPLE_START), (False, True))
        return {
            _sample_name(name, order, start, backward): self._key(
                filter=wanted, order=order, limit=20, start=start, backward=backward
            )
            for (name, wanted), order, start, backward in kinds
        }

    def weight(self, keys: Sequence[Key]) -> int:
        return sum(key.limit for key in keys)

    def shape(self, key: Key, visibility: Visibility) -> Shape:
        where = self._paths.fragments(key.filter, visibility)
        return Shape(where, self._orders[key.order], key.backward, key.start is not None)

    async def run(self, sql: PreparedRead, keys: Sequence[Key]) -> Mapping[Key, list[Record]]:
        keys = list(dict.fromkeys(keys))
        order = self._orders[keys[0].order]
        ranges = [list(self._paths.ranges(key.filter, sql.visibility)) for key in keys]
        pages = _number(ranges, [{"size": key.limit, **order.start_parameters(key.start)} for key in keys])
        shape = self.shape(keys[0], sql.visibility)
        found = await sql.fetch_pages(keys, pages, shape, self._parameters) if pages else {}
        return {
            key: self._arrange(key, found.get(key, []), merged=len(read) > 1)
            for key, read in zip(keys, ranges, strict=True)
        }

    def _arrange(self, key: Key, rows: list[Record], *, merged: bool) -> list[Record]:
        """The page in the search's order: rows of several ranges are merged and cut, a backward page is reversed."""
        if merged:
            self._orders[key.order].sort(rows, backward=key.backward)
            del rows[key.limit :]
        return rows[::-1] if key.backward else rows


def _sample_name(path: str, order: Any, start: Keyset | None, backward: bool) -> str:
    parts = (path, str(order).replace("_", " "), start and "from a row", backward and "backward")
    return ", ".join(part for part in parts if part)


class FilterCount(Read[Filter, int, int]):
    """The number of rows of each filter, up to COUNT_LIMIT + 1. Raises DeadlineExceeded."""

    has_shapes = True

    def __init__(self, name: str, paths: Paths[Filter]) -> None:
        super().__init__(name, None, int)
        self._paths = paths
        self._parameters = ParameterTypes({**PAGING, **paths.types})

    def samples(self) -> Mapping[str, Filter]:
        return self._paths.samples

    def weight(self, keys: Sequence[Filter]) -> int:
        return len(keys) * _COUNT_WEIGHT

    def shape(self, key: Filter, visibility: Visibility) -> Shape:
        return Shape(self._paths.fragments(key, visibility))

    async def run(self, sql: PreparedRead, keys: Sequence[Filter]) -> Mapping[Filter, int]:
        counts = dict.fromkeys(keys, 0)
        numbered = list(counts)
        ranges = [list(self._paths.ranges(key, sql.visibility)) for key in numbered]
        pages = _number(ranges, [{"size": COUNT_LIMIT + 1}] * len(numbered))
        shape = self.shape(numbered[0], sql.visibility)
        for count, number in await sql.fetch_counts(pages, shape, self._parameters) if pages else ():
            key = numbered[number]
            counts[key] = min(counts[key] + count, COUNT_LIMIT + 1)
        return counts


def _number(ranges: Sequence[Sequence[Parameters]], paging: Sequence[Parameters]) -> list[Parameters]:
    """A page for each index range of each key, with the key's number and `paging`. A key without ranges has none."""
    return [
        {**read, **its, "key": number}
        for number, (reads, its) in enumerate(zip(ranges, paging, strict=True))
        for read in reads
    ]
