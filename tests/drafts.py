"""Drafts for tests: valid as they are; a test names only the fields it is about."""

from itertools import count
from typing import Any

from storage.draft import OwnerDraft, PropertyDraft
from storage.record import Owner, Status

_numbers = count(1)


def an_owner(**fields: Any) -> OwnerDraft:
    """An owner to create, of another name each time."""
    number = next(_numbers)
    return OwnerDraft(**{"name": f"Owner {number}", "email": f"owner{number}@example.org"} | fields)


def a_listing(owner: Owner, **fields: Any) -> PropertyDraft:
    """An active listing to create, at another address each time."""
    defaults: dict[str, Any] = {
        "address": f"{next(_numbers)} Market Street",
        "city": "Lisbon",
        "price": 250_000,
        "status": Status.ACTIVE,
        "owner_id": owner.id,
    }
    return PropertyDraft(**defaults | fields)
