"""The Store: what every layer between the loaders and the database speaks.

Reads are plural: keys in, a mapping out. A key that finds nothing is absent from the mapping; no keys, no
statement. What a read returns may be shared with other callers and with the cache: nobody changes it. Every method may
raise DeadlineExceeded or Unavailable, and InvalidValue for what a database can't hold: a lone surrogate, on Postgres a
NUL, an integer beyond 64 bits (storage/errors.py).
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any, Protocol

from storage.draft import OwnerDraft, PropertyDraft
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

if TYPE_CHECKING:  # a server imports no files
    from storage.transfer.session import ImportSession
    from storage.transfer.snapshot import Snapshot

COUNT_LIMIT = 10_000


class Store(Protocol):
    """Owners, listings and their price changes."""

    @property
    def keeps_pages(self) -> bool:
        """Whether a page that was read may be given to others, who should ask for one of the same length."""

    async def owners_by_id(self, ids: Sequence[str]) -> Mapping[str, Owner]:
        """The owners with these ids."""

    async def owners_by_reference(self, references: Sequence[str]) -> Mapping[str, Owner]:
        """The owners with these references, under each as it was asked for; NFC and NFD are one."""

    async def properties_by_id(self, ids: Sequence[str]) -> Mapping[str, Property]:
        """The listings with these ids."""

    async def properties_by_reference(self, references: Sequence[str]) -> Mapping[str, Property]:
        """The listings with these references, under each as it was asked for; NFC and NFD are one."""

    async def price_changes_by_id(self, ids: Sequence[str]) -> Mapping[str, PriceChange]:
        """The price changes with these ids."""

    async def properties_by_city(self, listings: Sequence[CityListing]) -> Mapping[CityListing, list[Property]]:
        """Each city's active listings, newest first, at most as many as asked for."""

    async def properties_by_owner_id(self, pages: Sequence[PropertyPage]) -> Mapping[PropertyPage, list[Property]]:
        """Each page of an owner's listings, newest first."""

    async def price_changes_by_property_id(
        self, pages: Sequence[PriceChangePage]
    ) -> Mapping[PriceChangePage, list[PriceChange]]:
        """Each page of a listing's price changes, newest first."""

    async def property_counts_by_owner_id(self, ids: Sequence[str]) -> Mapping[str, int]:
        """How many listings each owner has, whatever their status; an owner without any is absent."""

    async def search_properties(self, searches: Sequence[PropertySearch]) -> Mapping[PropertySearch, list[Property]]:
        """Each search's page, in its order. May raise InvalidValue."""

    async def count_properties(self, filters: Sequence[PropertyFilter]) -> Mapping[PropertyFilter, int]:
        """How many listings each filter finds: exact up to COUNT_LIMIT, COUNT_LIMIT + 1 if there are more.

        Raises DeadlineExceeded after the short deadline of counts.
        """

    async def search_owners(self, searches: Sequence[OwnerSearch]) -> Mapping[OwnerSearch, list[Owner]]:
        """Each search's page, in its order. May raise InvalidValue."""

    async def count_owners(self, filters: Sequence[OwnerFilter]) -> Mapping[OwnerFilter, int]:
        """How many owners each filter finds; as count_properties."""

    async def create_owners(self, drafts: Sequence[OwnerDraft]) -> list[Owner]:
        """Create them all or none, in this order. Raises Rejected (a taken reference), with each row's index."""

    async def create_properties(self, drafts: Sequence[PropertyDraft]) -> list[Property]:
        """Create them all or none, in this order. Raises Rejected (taken reference, unknown owner), with indexes."""

    async def update_owner(self, id: str, changes: Mapping[str, Any]) -> Owner:
        """Set these fields of OwnerDraft, checked already; without a difference nothing is written.

        Raises Rejected: not found, or a taken reference.
        """

    async def update_property(
        self, id: str, changes: Mapping[str, Any], *, expected_version: int | None = None
    ) -> Property:
        """Set these fields of PropertyDraft, checked already; without a difference nothing is written.

        A difference raises the version by one; one of price or status adds a price change, in the same transaction.
        Raises Rejected: not found, a taken reference, an unknown owner, or another version than the one expected.
        """

    async def delete_property(self, id: str) -> Property:
        """Delete the listing with its price changes and return what it was. Raises Rejected: not found."""

    def selecting(self, fields: Fields) -> "Store":
        """This store, whose reads bring at least these fields of owners and listings, and perhaps no others."""

    @property
    def published(self) -> "Store":
        """This store, whose reads find published listings (storage/visibility.py) and nothing of any other.

        A page or a count is of published listings alone, whatever statuses it names; a price change exists if its
        listing is published and so are both of its statuses. Owners exist as ever. Writes are those of this store.
        """

    def importing(self, *, dry_run: bool = False) -> AbstractAsyncContextManager["ImportSession"]:
        """Write files of rows, batch by batch; a dry run takes everything back at the end."""

    def snapshot(self) -> AbstractAsyncContextManager["Snapshot"]:
        """Read everything as it was at one moment."""

    async def check(self) -> None:
        """Return if the database answers and its tables suit this code; else raise what is the matter."""

    async def close(self) -> None:
        """Close every connection. A second call does nothing."""
