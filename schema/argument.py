"""Checks of arguments that more than one field takes."""

from typing import TypeVar

from schema.errors import BadInput
from storage import ids
from storage.rules import is_plain

Number = TypeVar("Number", int, float)

MAX_TEXT = 200
_NOUNS = {ids.OWNER: "an owner's", ids.PROPERTY: "a property's"}


def check_range(argument: str, value: Number, *, least: int, most: int) -> Number:
    """The value, if it lies between the two. Raises BadInput."""
    if not least <= value <= most:
        raise BadInput(argument, f"must be between {least} and {most}, not {value}")
    return value


def check_text(argument: str, text: str) -> str:
    """The text, if a stored one could match it. Raises BadInput."""
    if len(text) > MAX_TEXT:
        raise BadInput(argument, f"must have at most {MAX_TEXT} characters, not {len(text)}")
    if not text.strip():
        raise BadInput(argument, "must not be empty")
    if not is_plain(text):
        raise BadInput(argument, "must not contain control characters")
    return text


def check_id(argument: str, prefix: str, text: str) -> str:
    """The id, if it is a well-formed one of its kind. Raises BadInput."""
    if not ids.is_id(prefix, text):
        raise BadInput(argument, f"must be {_NOUNS[prefix]} id ({prefix}_…)")
    return text
