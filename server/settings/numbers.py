"""Numbers in environment variables: ASCII digits, so that a slip such as `8_0` or `+80` is no other number."""

import re

_WHOLE = re.compile(r"-?[0-9]{1,4000}")  # Python parses no more than 4300 digits
_DECIMAL = re.compile(r"-?[0-9]{1,4000}(\.[0-9]{1,4000})?")


def parse_whole(text: str) -> int:
    """Raises ValueError, which says the right form."""
    if not _WHOLE.fullmatch(text.strip()):
        raise ValueError("expected a whole number, digits only")
    return int(text)


def parse_decimal(text: str) -> float:
    """Raises ValueError, which says the right form."""
    if not _DECIMAL.fullmatch(text.strip()):
        raise ValueError("expected a number, digits with at most one decimal point")
    return float(text)
