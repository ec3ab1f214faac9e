"""Rules of fields, read from their annotations: each takes a value and returns the one to keep.

A field is annotated with its type, and in `Annotated` with functions that take its value once the type is checked, in
this order, or with `Before`: a function that takes what was given, before the type is checked; the last one first. A
function raises ValueError, whose message is for whoever gave the value. `… | None` takes None as it is.
"""

import math
import re
from collections.abc import Callable, Mapping
from types import NoneType, UnionType
from typing import Annotated, Any, NamedTuple, Union, get_args, get_origin

from storage.record import Status

Rule = Callable[[Any], Any]

_SURROGATE = re.compile("[\ud800-\udfff]")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")

_HIDING = re.compile("[\u180e\u200b\u202a-\u202e\u2060-\u206f\ufff9-\ufffb\U000e0000-\U000e007f]")
"""Overrides and isolates of direction, invisible separators and operators, annotations, and tags."""


class Before(NamedTuple):
    """A function of the given value, of any type."""

    function: Rule


def is_plain(text: str) -> bool:
    """Whether `text` is one line that both databases can store: no control characters and no lone surrogates."""
    return _CONTROL.search(text) is None


def rules_of(annotation: Any) -> tuple[Rule, ...]:
    """The rules of a field with this annotation, in order. None, if it is allowed, is passed to none of them."""
    if get_origin(annotation) is Annotated:
        inner, *functions = get_args(annotation)
        before = [each.function for each in reversed(functions) if isinstance(each, Before)]
        return (*before, *rules_of(inner), *(each for each in functions if not isinstance(each, Before)))
    if may_be_null(annotation):
        (part,) = (part for part in get_args(annotation) if part is not NoneType)
        return rules_of(part)
    return (_TYPES[annotation],)


def may_be_null(annotation: Any) -> bool:
    """Whether the annotation is `… | None`, in `Annotated` or not."""
    if get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    return get_origin(annotation) in (Union, UnionType) and NoneType in get_args(annotation)


def length(least: int, greatest: int) -> Rule:
    """A text with a limited number of characters, without surrounding blanks."""

    def keep(text: str) -> str:
        text = text.strip()
        if len(text) < least:
            raise ValueError(f"must have at least {least} character{'' if least == 1 else 's'}")
        if len(text) > greatest:
            raise ValueError(f"must have at most {greatest} characters")
        return text

    return keep


def between(least: int, greatest: int) -> Rule:
    """A number from `least` to `greatest`."""

    def keep(number: float) -> float:
        if number < least:
            raise ValueError(f"must be greater than or equal to {least}")
        if number > greatest:
            raise ValueError(f"must be less than or equal to {greatest}")
        return number

    return keep


def positive(number: float) -> float:
    """A number above 0."""
    if number <= 0:
        raise ValueError("must be greater than 0")
    return number


def plain(text: str) -> str:
    """A text of characters that show what they are.

    Not control characters, those that reverse or hide the text around them, and byte order marks, which remain where
    files were joined. Joiners and marks of direction (U+200C to U+200F) are allowed: some languages need them.
    """
    if not is_plain(text):
        raise ValueError("must not contain control characters")
    if not text.isascii() and _HIDING.search(text):
        raise ValueError("must not contain invisible characters")
    if "\ufeff" in text:
        raise ValueError("must not contain a byte order mark (U+FEFF)")
    return text


def status(value: object) -> str:
    """A listing's status as text."""
    try:
        return Status(value).value  # type: ignore[arg-type]
    except ValueError:
        *others, last = (repr(each.value) for each in Status)
        raise ValueError(f"must be {', '.join(others)} or {last}") from None


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("must be text")
    if not value.isascii() and _SURROGATE.search(value):
        raise ValueError("must be text without lone surrogates")
    return value


def _whole(value: object) -> int:
    if type(value) is not int:  # which True is not
        raise ValueError("must be a whole number")
    return value


def _number(value: object) -> float:
    if type(value) not in (int, float):
        raise ValueError("must be a number")
    try:
        number = float(value) + 0.0  # type: ignore[arg-type]  # SQLite keeps no -0.0
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise ValueError("must be a finite number")
    return number


_TYPES: Mapping[Any, Rule] = {str: _text, int: _whole, float: _number}
