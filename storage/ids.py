"""TypeIDs: opaque, globally unique ids that sort by time. The prefix names the type.

They are stored as text, and the GraphQL `ID` is the same text. Format: https://github.com/jetify-com/typeid
"""

import re

from typeid import TypeID

OWNER = "owner"
PROPERTY = "property"
PRICE_CHANGE = "price_change"

_LONGEST = 64
_ID = re.compile(r"([a-z]+(?:_[a-z]+)*)_[0-7][0-9a-hjkmnp-tv-z]{25}")


def new_id(prefix: str) -> str:
    """A new id, greater than those that this process made before."""
    return str(TypeID(prefix=prefix))


def is_id(prefix: str, text: str) -> bool:
    """Whether `text` is a well-formed id with this prefix. Its row need not exist."""
    return prefix_of(text) == prefix


def prefix_of(text: str) -> str | None:
    """The prefix of a well-formed id, known or unknown; None if `text` isn't an id."""
    found = _ID.fullmatch(text) if len(text) <= _LONGEST else None
    return found[1] if found else None
