"""A layer over a Store: everything passes through; a layer overrides what it changes."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any, Self

from storage.draft import OwnerDraft, PropertyDraft
from storage.narrowing import Narrowing
from storage.record import Fields, Owner, PriceChange, Property
from storage.search import (
    CityListing,
    OwnerFilter,
    OwnerSearch,
    PriceChangePage,
    PropertyFilter,
    PropertyPage,
    PropertySearch,
)
from storage.store import Store

if TYPE_CHECKING:  # a server imports no files
    from storage.transfer.session import ImportSession
    from storage.transfer.snapshot import Snapshot


class StoreLayer(Narrowing):
    """Implements `Store` (storage/store.py), where every method is described, over another."""

    def __init__(self, store: Store) -> None:
        super().__init__()
        self._store = store
        self.keeps_pages = store.keeps_pages

    async def owners_by_id(self, ids: Sequence[str]) -> Mapping[str, Owner]:
        return await self._store.owners_by_id(ids)

    async def owners_by_reference(self, references: Sequence[str]) -> Mapping[str, Owner]:
        return await self._store.owners_by_reference(references)

    async def properties_by_id(self, ids: Sequence[str]) -> Mapping[str, Property]:
        return await self._store.properties_by_id(ids)

    async def properties_by_reference(self, references: Sequence[str]) -> Mapping[str, Property]:
        return await self._store.properties_by_reference(references)

    async def price_changes_by_id(self, ids: Sequence[str]) -> Mapping[str, PriceChange]:
        return await self._store.price_changes_by_id(ids)

    async def properties_by_city(self, listings: Sequence[CityListing]) -> Mapping[CityListing, list[Property]]:
        return await self._store.properties_by_city(listings)

    async def properties_by_owner_id(self, pages: Sequence[PropertyPage]) -> Mapping[PropertyPage, list[Property]]:
        return await self._store.properties_by_owner_id(pages)

    async def price_changes_by_property_id(
        self, pages: Sequence[PriceChangePage]
    ) -> Mapping[PriceChangePage, list[PriceChange]]:
        return await self._store.price_changes_by_property_id(pages)

    async def property_counts_by_owner_id(self, ids: Sequence[str]) -> Mapping[str, int]:
        return await self._store.property_counts_by_owner_id(ids)

    async def search_properties(self, searches: Sequence[PropertySearch]) -> Mapping[PropertySearch, list[Property]]:
        return await self._store.search_properties(searches)

    async def count_properties(self, filters: Sequence[PropertyFilter]) -> Mapping[PropertyFilter, int]:
        return await self._store.count_properties(filters)

    async def search_owners(self, searches: Sequence[OwnerSearch]) -> Mapping[OwnerSearch, list[Owner]]:
        return await self._store.search_owners(searches)

    async def count_owners(self, filters: Sequence[OwnerFilter]) -> Mapping[OwnerFilter, int]:
        return await self._store.count_owners(filters)

    async def create_owners(self, drafts: Sequence[OwnerDraft]) -> list[Owner]:
        return await self._store.create_owners(drafts)

    async def create_properties(self, drafts: Sequence[PropertyDraft]) -> list[Property]:
        return await self._store.create_properties(drafts)

    async def update_owner(self, id: str, changes: Mapping[str, Any]) -> Owner:
        return await self._store.update_owner(id, changes)

    async def update_property(
        self, id: str, changes: Mapping[str, Any], *, expected_version: int | None = None
    ) -> Property:
        return await self._store.update_property(id, changes, expected_version=expected_version)

    async def delete_property(self, id: str) -> Property:
        return await self._store.delete_property(id)

    def _narrow(self, fields: Fields) -> Self:
        """The same layer over a store that selects these fields."""
        layer = super()._narrow(fields)
        layer._store = self._store.selecting(fields)
        return layer

    def _hide(self) -> Self:
        """The same layer over a store where published listings alone exist."""
        layer = super()._hide()
        layer._store = self._store.published
        return layer

    def importing(self, *, dry_run: bool = False) -> AbstractAsyncContextManager["ImportSession"]:
        return self._store.importing(dry_run=dry_run)

    def snapshot(self) -> AbstractAsyncContextManager["Snapshot"]:
        return self._store.snapshot()

    async def check(self) -> None:
        await self._store.check()

    async def close(self) -> None:
        await self._store.close()
