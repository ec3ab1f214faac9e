"""TypeIDs: opaque, globally unique, sorted by time; the prefix says what an id names.

They are stored as text and are the GraphQL `ID` alike.  Format: https://github.com/jetify-com/typeid
"""

import re

from typeid import TypeID

OWNER = "owner"
PROPERTY = "property"
PRICE_CHANGE = "price_change"

_PATTERNS = {
    prefix: re.compile(rf"{prefix}_[0-7][0-9a-hjkmnp-tv-z]{{25}}") for prefix in (OWNER, PROPERTY, PRICE_CHANGE)
}


def new_id(prefix: str) -> str:
    """A fresh id of now, greater than those this process made before."""
    return str(TypeID(prefix=prefix))


def is_id(prefix: str, text: str) -> bool:
    """Whether `text` is a well-formed id of this kind; it need not exist."""
    return _PATTERNS[prefix].fullmatch(text) is not None


def prefix_of(text: str) -> str | None:
    """The kind a well-formed id names, or None if `text` is no id of ours."""
    prefix = text.rpartition("_")[0]
    return prefix if prefix in _PATTERNS and is_id(prefix, text) else None
