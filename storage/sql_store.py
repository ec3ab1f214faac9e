"""The Store over one database, SQLite or Postgres alike: what differs is behind the Database and in its SQL."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Self, TypeVar

from storage import writes
from storage.database import Database, Page, Row
from storage.draft import OwnerDraft, PropertyDraft
from storage.errors import Rejected
from storage.migrations import check_schema
from storage.narrowing import Narrowing
from storage.record import Fields, Owner, PriceChange, Property, choose_fields
from storage.reference import by_reference, stored_spellings
from storage.rows import Make, Maker, make_joined_listings, make_listings, make_owners, make_price_changes
from storage.search import (
    CityListing,
    OwnerFilter,
    OwnerSearch,
    PriceChangePage,
    PropertyFilter,
    PropertyOrder,
    PropertyPage,
    PropertySearch,
)
from storage.search_statement import (
    Shape,
    compose,
    owner_filter_shape,
    owner_parameters,
    owner_shape,
    price_change_pages,
    property_filter_shape,
    property_pages,
    property_parameters,
    property_shape,
    start_parameters,
)
from storage.statements import Statement
from storage.store import COUNT_LIMIT

if TYPE_CHECKING:  # a server imports no files
    from storage.transfer.session import ImportSession
    from storage.transfer.snapshot import Snapshot

Record = TypeVar("Record")
Draft = TypeVar("Draft", OwnerDraft, PropertyDraft)
Key = TypeVar("Key", bound=Hashable)
Search = TypeVar("Search", PropertySearch, OwnerSearch)
Filter = TypeVar("Filter", PropertyFilter, OwnerFilter)

_KEY = itemgetter(-1)
_MERGED_BY = ("created_at", "price")
"""What a search's index ranges are merged by, in one order or another."""


def now_in_micros() -> int:
    """Microseconds since 1970-01-01T00:00:00Z."""
    return time.time_ns() // 1000


def unique(keys: Sequence[Key]) -> list[Key]:
    """The keys, each once: a page asked for twice must not come as one of twice its rows."""
    return list(dict.fromkeys(keys))


class SqlStore(Narrowing):
    """Implements `Store` (storage/store.py), where every method is described.

    `count_timeout` in seconds; `invalidating` is told the tags of every write.
    """

    keeps_pages = False

    def __init__(
        self,
        database: Database,
        *,
        clock: Callable[[], int] = now_in_micros,
        count_timeout: float = 0.5,
        invalidating: writes.Invalidating = writes.invalidate_nothing,
    ) -> None:
        super().__init__()
        self._database = database
        self._sql = self._found_sql = database.statements
        self._fragments = tuple(self._sql[name] for name in ("statuses", "published", "published_change"))
        self._clock = clock
        self._count_timeout = count_timeout
        self._invalidating = invalidating
        self._owners = make_owners(Fields())
        self._listings = self._joined_listings = self._found_listings = make_listings(Fields())

    async def owners_by_id(self, ids: Sequence[str]) -> Mapping[str, Owner]:
        return {owner.id: owner for owner in await self._lookup("owners_by_id", self._owners, ids)}

    async def owners_by_reference(self, references: Sequence[str]) -> Mapping[str, Owner]:
        found = await self._lookup("owners_by_reference", self._owners, stored_spellings(references))
        return by_reference(references, found)

    async def properties_by_id(self, ids: Sequence[str]) -> Mapping[str, Property]:
        return {found.id: found for found in await self._lookup("properties_by_id", self._joined_listings, ids)}

    async def properties_by_reference(self, references: Sequence[str]) -> Mapping[str, Property]:
        found = await self._lookup("properties_by_reference", self._listings, stored_spellings(references))
        return by_reference(references, found)

    async def price_changes_by_id(self, ids: Sequence[str]) -> Mapping[str, PriceChange]:
        return {change.id: change for change in await self._lookup("price_changes_by_id", make_price_changes, ids)}

    async def property_counts_by_owner_id(self, ids: Sequence[str]) -> Mapping[str, int]:
        counts: Sequence[Any] = await self._rows("property_counts_by_owner_id", ids)
        return dict(counts)

    async def properties_by_city(self, listings: Sequence[CityListing]) -> Mapping[CityListing, list[Property]]:
        listings = unique(listings)
        pages = [
            {"key": key, "city_key": listing.city_key, "limit": listing.limit} for key, listing in enumerate(listings)
        ]
        return await self._pages(self._sql["properties_by_city"], self._joined_listings, listings, pages)

    async def properties_by_owner_id(self, pages: Sequence[PropertyPage]) -> Mapping[PropertyPage, list[Property]]:
        pages = unique(pages)
        shape, parameters = property_pages(pages, self.visibility)
        statement = compose(self._sql["properties_by_owner_id"], shape, self._fragments)
        return await self._pages(statement, self._listings, pages, parameters)

    async def price_changes_by_property_id(
        self, pages: Sequence[PriceChangePage]
    ) -> Mapping[PriceChangePage, list[PriceChange]]:
        pages = unique(pages)
        shape, parameters = price_change_pages(pages, self.visibility)
        statement = compose(self._sql["price_changes_by_property_id"], shape, self._fragments)
        return await self._pages(statement, make_price_changes, pages, parameters)

    async def search_properties(self, searches: Sequence[PropertySearch]) -> Mapping[PropertySearch, list[Property]]:
        searches = unique(searches)
        ranges = [list(property_parameters(search.filter, self.visibility)) for search in searches]
        shape_of = partial(property_shape, visibility=self.visibility)
        statement = self._found_sql["search_properties"]
        found = await self._search(statement, self._found_listings, searches, shape_of, ranges)
        return {
            search: _arranged(search, found.get(search, []), merged=len(read) > 1)
            for search, read in zip(searches, ranges, strict=True)
        }

    async def search_owners(self, searches: Sequence[OwnerSearch]) -> Mapping[OwnerSearch, list[Owner]]:
        searches = unique(searches)
        ranges = [list(owner_parameters(search.filter)) for search in searches]
        found = await self._search(self._sql["search_owners"], self._owners, searches, owner_shape, ranges)
        return {search: _arranged(search, found.get(search, []), merged=False) for search in searches}

    async def count_properties(self, filters: Sequence[PropertyFilter]) -> Mapping[PropertyFilter, int]:
        shape_of = partial(property_filter_shape, visibility=self.visibility)
        parameters_of = partial(property_parameters, visibility=self.visibility)
        return await self._count("count_properties", filters, shape_of, parameters_of)

    async def count_owners(self, filters: Sequence[OwnerFilter]) -> Mapping[OwnerFilter, int]:
        return await self._count("count_owners", filters, owner_filter_shape, owner_parameters)

    async def create_owners(self, drafts: Sequence[OwnerDraft]) -> list[Owner]:
        return await self._create(writes.create_owners, drafts)

    async def create_properties(self, drafts: Sequence[PropertyDraft]) -> list[Property]:
        return await self._create(writes.create_properties, drafts)

    async def update_owner(self, id: str, changes: Mapping[str, Any]) -> Owner:
        async with self._writing() as transaction:
            return await writes.update_owner(transaction, id, changes)

    async def update_property(
        self, id: str, changes: Mapping[str, Any], *, expected_version: int | None = None
    ) -> Property:
        async with self._writing() as transaction:
            return await writes.update_property(transaction, id, changes, expected_version, self._clock())

    async def delete_property(self, id: str) -> Property:
        async with self._writing() as transaction:
            return await writes.delete_property(transaction, id)

    def _narrow(self, fields: Fields) -> Self:
        store = super()._narrow(fields)
        store._sql = self._sql.selecting(fields)
        store._owners = make_owners(fields)
        store._listings, store._joined_listings = make_listings(fields), make_joined_listings(fields)
        merged = choose_fields(fields.owner, (*fields.property, *_MERGED_BY), with_owner=fields.with_owner)
        store._found_sql = self._sql.selecting(merged)
        store._found_listings = make_joined_listings(merged)
        return store

    def _hide(self) -> Self:
        store = super()._hide()
        store._sql, store._found_sql = self._sql.hiding(), self._found_sql.hiding()
        return store

    def importing(self, *, dry_run: bool = False) -> AbstractAsyncContextManager["ImportSession"]:
        from storage.transfer.session import ImportSession

        return ImportSession.open(self._database, clock=self._clock, dry_run=dry_run, invalidating=self._invalidating)

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator["Snapshot"]:
        async with self._database.snapshot() as connection:
            from storage.transfer.snapshot import Snapshot

            yield Snapshot(self._database.statements, connection)

    async def check(self) -> None:
        await check_schema(self._database)

    async def close(self) -> None:
        await self._database.close()

    def _writing(self) -> AbstractAsyncContextManager[writes.Writes]:
        return writes.writing(self._database, self._invalidating)

    async def _create(
        self,
        create: Callable[[writes.Writes, Sequence[Draft], int], Awaitable[list[Record]]],
        drafts: Sequence[Draft],
    ) -> list[Record]:
        """Where two writers race for a reference, the table knows no indexes; tried again, the later one hears them."""
        try:
            async with self._writing() as transaction:
                return await create(transaction, drafts, self._clock())
        except Rejected as rejected:
            if any(problem.index is not None for problem in rejected.problems):
                raise
        async with self._writing() as transaction:
            return await create(transaction, drafts, self._clock())

    async def _lookup(self, name: str, maker: Maker, keys: Sequence[str]) -> list[Any]:
        return maker.of_rows(await self._rows(name, keys))

    async def _rows(self, name: str, keys: Sequence[str]) -> Sequence[Row]:
        if not keys:
            return []
        return await self._database.fetch(self._sql[name], self._database.encode_keys(keys), keys=len(keys))

    async def _pages(
        self, statement: Statement, maker: Maker, keys: Sequence[Key], pages: Sequence[Page]
    ) -> dict[Key, list[Any]]:
        found: dict[Key, list[Any]] = {}
        if keys:
            _sort_in(found, await self._database.fetch_pages(statement, pages, keys=len(keys)), keys, maker.of_pages)
        return found

    async def _search(
        self,
        skeleton: Statement,
        maker: Maker,
        searches: Sequence[Search],
        shape_of: Callable[[Search], Shape],
        ranges: Sequence[Sequence[Page]],
    ) -> dict[Search, list[Any]]:
        by_shape: dict[Shape, list[Page]] = {}
        for key, (search, read) in enumerate(zip(searches, ranges, strict=True)):
            paging = {"key": key, "limit": search.limit, **start_parameters(search.order, search.start)}
            if read:
                by_shape.setdefault(shape_of(search), []).extend({**parameters, **paging} for parameters in read)
        found: dict[Search, list[Any]] = {}
        for shape, pages in by_shape.items():
            statement = compose(skeleton, shape, self._fragments)
            count = len({page["key"] for page in pages})
            _sort_in(found, await self._database.fetch_pages(statement, pages, keys=count), searches, maker.of_pages)
        return found

    async def _count(
        self,
        name: str,
        filters: Sequence[Filter],
        shape_of: Callable[[Filter], Shape],
        parameters_of: Callable[[Filter], Any],
    ) -> dict[Filter, int]:
        filters = unique(filters)
        by_shape: dict[Shape, list[Page]] = {}
        for key, wanted in enumerate(filters):
            paging = {"key": key, "limit": COUNT_LIMIT + 1}
            if read := [{**parameters, **paging} for parameters in parameters_of(wanted)]:
                by_shape.setdefault(shape_of(wanted), []).extend(read)
        counts = dict.fromkeys(filters, 0)
        for shape, pages in by_shape.items():
            statement = compose(self._sql[name], shape, self._fragments)
            fetch = partial(self._database.fetch_pages, timeout=self._count_timeout)
            for count, key in await fetch(statement, pages, keys=len({page["key"] for page in pages})):
                counts[filters[key]] = min(counts[filters[key]] + count, COUNT_LIMIT + 1)
        return counts


def _sort_in(found: dict[Key, list[Any]], rows: Sequence[Row], keys: Sequence[Key], make: Make) -> None:
    """Put each row's record under the key that its last value counts."""
    for number, page in groupby(rows, _KEY):
        found.setdefault(keys[number], []).extend(make(page))


def _arranged(search: PropertySearch | OwnerSearch, found: list[Record], *, merged: bool) -> list[Record]:
    """The page in the search's own order: several index ranges merged and cut, a backward page turned round."""
    if merged:
        column = "created_at" if search.order is PropertyOrder.NEWEST else "price"
        descending = (search.order is not PropertyOrder.PRICE_UP) != search.backward
        found.sort(key=lambda row: (getattr(row, column), row.id), reverse=descending)  # type: ignore[attr-defined]
        del found[search.limit :]
    return found[::-1] if search.backward else found
