"""Numbers as files write them. What could be read in two ways is refused: `450.000` is 450 here and 450,000 there."""

import re

_WHOLE = re.compile(r"[0-9]{1,20}")
_DECIMAL = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,40})?")


def parse_whole(value: object) -> object:
    """The integer that text of ASCII digits names; an integer and None as they are. Raises ValueError for the rest."""
    if value is None or type(value) is int:
        return value
    if isinstance(value, str) and _WHOLE.fullmatch(text := value.strip()):
        return int(text)
    if _is_too_great(value):
        raise ValueError("is too great a number")
    raise ValueError("must be digits only, such as 450000: no separators, sign, decimals or exponent")


def _is_too_great(value: object) -> bool:
    """JSON's integers beyond 64 bits are floats here."""
    if isinstance(value, str):
        return re.fullmatch("[0-9]{21,}", value.strip()) is not None
    return isinstance(value, float) and value >= 2**64


def parse_decimal(value: object) -> object:
    """The number that text of digits with at most one point names; a number and None as they are.

    Raises ValueError for the rest.
    """
    if value is None or type(value) in (int, float):
        return value
    if isinstance(value, str) and _DECIMAL.fullmatch(text := value.strip()):
        return float(text)
    raise ValueError("must be digits with at most one decimal point, such as 72.5: no separators, plus or exponent")
