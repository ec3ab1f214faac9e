"""Numbers in files. Ambiguous ones are refused: `450.000` means 450 in some countries and 450,000 in others."""

import re

_WHOLE = re.compile(r"[0-9]{1,20}")
_DECIMAL = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,40})?")


def parse_whole(value: object) -> object:
    """The integer of a text of ASCII digits. Integers and None are returned unchanged. Raises ValueError otherwise."""
    if value is None or type(value) is int:
        return value
    if isinstance(value, str) and _WHOLE.fullmatch(text := value.strip()):
        return int(text)
    if _is_too_great(value):
        raise ValueError("is too great a number")
    raise ValueError("must be digits only, such as 450000: no separators, sign, decimals or exponent")


def _is_too_great(value: object) -> bool:
    """Integers of more than 64 bits in JSON are floats here."""
    if isinstance(value, str):
        return re.fullmatch("[0-9]{21,}", value.strip()) is not None
    return isinstance(value, float) and value >= 2**64


def parse_decimal(value: object) -> object:
    """The number of a text of digits with at most one point. Numbers and None are returned unchanged.

    Raises ValueError otherwise.
    """
    if value is None or type(value) in (int, float):
        return value
    if isinstance(value, str) and _DECIMAL.fullmatch(text := value.strip()):
        return float(text)
    raise ValueError("must be digits with at most one decimal point, such as 72.5: no separators, plus or exponent")
