"""Drafts for tests: valid as they are; a test names only the fields it is about."""

from itertools import count
from typing import Any

from storage.draft import D, OwnerDraft, PropertyDraft, check_draft
from storage.record import Owner, Status

_numbers = count(1)


def an_owner(**fields: Any) -> OwnerDraft:
    """An owner to create, of another name each time."""
    number = next(_numbers)
    return checked(OwnerDraft, {"name": f"Owner {number}", "email": f"owner{number}@example.org"} | fields)


def a_listing(owner: Owner, **fields: Any) -> PropertyDraft:
    """An active listing to create, at another address each time."""
    defaults: dict[str, Any] = {
        "address": f"{next(_numbers)} Market Street",
        "city": "Lisbon",
        "price": 250_000,
        "status": Status.ACTIVE,
        "owner_id": owner.id,
    }
    return checked(PropertyDraft, defaults | fields)


def checked(model: type[D], values: dict[str, Any]) -> D:
    """The draft that these values make. Raises ValueError, which names the fields that break a rule."""
    draft = check_draft(model, values)
    if isinstance(draft, list):
        raise ValueError(str(draft))
    return draft
