"""TypeIDs: opaque, globally unique, sorted by time; the prefix says what an id names.

They are stored as text and are the GraphQL `ID` alike.  Format: https://github.com/jetify-com/typeid
"""

import re

from typeid import TypeID

OWNER = "owner"
PROPERTY = "property"
PRICE_CHANGE = "price_change"

_LONGEST = 64
_ID = re.compile(r"([a-z]+(?:_[a-z]+)*)_[0-7][0-9a-hjkmnp-tv-z]{25}")


def new_id(prefix: str) -> str:
    """A fresh id of now, greater than those this process made before."""
    return str(TypeID(prefix=prefix))


def is_id(prefix: str, text: str) -> bool:
    """Whether `text` is a well-formed id of this kind; it need not exist."""
    return prefix_of(text) == prefix


def prefix_of(text: str) -> str | None:
    """The kind that a well-formed id names, whether there is such a kind or not; None if `text` is no id."""
    found = _ID.fullmatch(text) if len(text) <= _LONGEST else None
    return found[1] if found else None
