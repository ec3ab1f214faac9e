"""The Store's contract, split by its users: reads, writes, and whole tables in and out.

A method may raise DeadlineExceeded or Unavailable, and InvalidValue for a value that a database can't hold: a lone
surrogate, an integer of more than 64 bits or, on Postgres, a NUL character (storage/errors.py).
"""

from collections.abc import Coroutine, Hashable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import msgspec

from storage.draft import Draft
from storage.read import Read
from storage.table import Table
from storage.view import EVERYTHING, View

if TYPE_CHECKING:  # a server imports no files
    from storage.transfer.session import ImportSession
    from storage.transfer.snapshot import Snapshot

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")
Record = TypeVar("Record", bound=msgspec.Struct)


class Reads(Protocol):
    """Plural reads: all that loaders need."""

    @property
    def keeps_pages(self) -> bool:
        """Whether pages are cached. Then requests for one list should ask for pages of one length, to share them."""

    def read(
        self, read: Read[Key, Value, Any], keys: Sequence[Key], view: View = EVERYTHING
    ) -> Coroutine[Any, Any, Mapping[Key, Value]]:
        """The values of these keys. A key that finds nothing is absent. Without keys, no statement runs.

        Records have at least the view's fields. They are shared with other callers and with the cache.
        """


class Writes(Protocol):
    """Each method is one transaction."""

    async def create(self, table: Table[Record], drafts: Sequence[Draft]) -> list[Record]:
        """Create a row for each draft, all or none, and return them in the order of the drafts.

        Raises Rejected with the index of each draft whose reference is taken or refers to a missing row.
        """

    async def update(
        self, table: Table[Record], id: str, changes: Mapping[str, Any], *, expected_version: int | None = None
    ) -> Record:
        """Set these fields, which are checked already. If none differs, nothing is written.

        A difference adds one to the version, if the table has one, and is recorded in the table's history in the same
        transaction. Raises Rejected if the row is missing, its version isn't the expected one, the reference is taken,
        or a row that it refers to is missing.
        """

    async def delete(self, table: Table[Record], id: str) -> Record:
        """Delete the row and its history, and return the deleted record. Raises Rejected if it is missing."""


class Bulk(Protocol):
    """Files in and out."""

    def importing(self, *, dry_run: bool = False) -> AbstractAsyncContextManager["ImportSession"]:
        """Import rows in batches, each committed by itself; a dry run rolls everything back."""

    def snapshot(self) -> AbstractAsyncContextManager["Snapshot"]:
        """Read all tables as they were at one moment."""


class Store(Reads, Writes, Bulk, Protocol):
    """Reads, writes and bulk transfers over one database."""

    async def check(self) -> None:
        """Return if the database answers, and its tables suit this code and may be read.

        Raises a StoreError otherwise.
        """

    async def close(self) -> None:
        """Close every connection. A second call does nothing."""
