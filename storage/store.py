"""The Store's contract, split by its users: reads, writes, and whole tables in and out.

A method may raise DeadlineExceeded or Unavailable, and InvalidValue for what a database can't hold: a lone surrogate,
on Postgres a NUL, an integer beyond 64 bits (storage/errors.py).
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
    """What loaders need."""

    @property
    def keeps_pages(self) -> bool:
        """Whether a page that was read may be given to others, who should ask for one of the same length."""

    def read(
        self, read: Read[Key, Value, Any], keys: Sequence[Key], view: View = EVERYTHING
    ) -> Coroutine[Any, Any, Mapping[Key, Value]]:
        """The values of these keys. A key that finds nothing is absent; no keys, no statement.

        Records have at least the view's fields, and perhaps no others. They may be shared with other callers and with
        the cache: nobody changes them.
        """


class Writes(Protocol):
    """Each method is one transaction."""

    async def create(self, table: Table[Record], drafts: Sequence[Draft]) -> list[Record]:
        """Create a row for each draft of this table, all or none, in this order.

        Raises Rejected, with each draft's index: a taken reference, or the id of no row.
        """

    async def update(
        self, table: Table[Record], id: str, changes: Mapping[str, Any], *, expected_version: int | None = None
    ) -> Record:
        """Set these fields of a draft, checked already; without a difference nothing is written.

        A difference raises the version by one, where rows have one, and is kept in the table's history in the same
        transaction. Raises Rejected: not found, a taken reference, the id of no row, or another version than the one
        expected.
        """

    async def delete(self, table: Table[Record], id: str) -> Record:
        """Delete the row with its history and return what it was. Raises Rejected: not found."""


class Bulk(Protocol):
    """Files in and out."""

    def importing(self, *, dry_run: bool = False) -> AbstractAsyncContextManager["ImportSession"]:
        """Write files of rows, batch by batch; a dry run takes everything back at the end."""

    def snapshot(self) -> AbstractAsyncContextManager["Snapshot"]:
        """Read everything as it was at one moment."""


class Store(Reads, Writes, Bulk, Protocol):
    """All of it, over one database."""

    async def check(self) -> None:
        """Return if the database answers and its tables suit this code; else raise what is the matter."""

    async def close(self) -> None:
        """Close every connection. A second call does nothing."""
