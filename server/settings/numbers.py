"""Numbers in environment variables: ASCII digits, so that a slip such as `8_0` or `+80` is no other number."""

import re
from collections.abc import Collection

_WHOLE = re.compile(r"-?[0-9]{1,20}")
_DECIMAL = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,20})?")


def check_digits(text: str, types: Collection[object]) -> None:
    """Raises ValueError if one of `types` is int or float and `text` isn't written as one."""
    if int in types and not _WHOLE.fullmatch(text.strip()):
        raise ValueError("expected a whole number, digits only")
    if float in types and not _DECIMAL.fullmatch(text.strip()):
        raise ValueError("expected a number, digits with at most one decimal point")
