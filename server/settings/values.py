"""Values of settings from the environment's texts.

A setting is annotated with its type, and in `Annotated` with its limits (`msgspec.Meta`), its description (a text), and
functions that take its value and return the one to keep.
"""

from collections.abc import Mapping
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec
from msgspec import Meta

from server.settings.numbers import parse_decimal, parse_whole
from server.settings.secret import Secret

_GREATEST = 2**53 - 1
"""The greatest whole number of a setting without a limit of its own: Redis scripts count in floating point."""
_BOOLEANS = dict.fromkeys(("true", "on", "yes", "1", "t", "y"), True) | dict.fromkeys(
    ("false", "off", "no", "0", "f", "n"), False
)


def annotations_of(settings: type[msgspec.Struct]) -> Mapping[str, Any]:
    """The annotation of each setting, by field."""
    return {field.name: field.type for field in msgspec.structs.fields(settings)}


def description_of(annotation: Any) -> str:
    """What the setting of this annotation is for."""
    return next(each for each in annotation.__metadata__ if isinstance(each, str))


def parse_value(text: str, annotation: Any) -> Any:
    """The value that a text gives the setting of this annotation. Raises ValueError, which says what was expected."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("expected text in UTF-8") from None
    return _parse(text, annotation)


def _parse(text: str, annotation: Any) -> Any:
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _keep(_parse(text, parts[0]), parts[1:])
    if origin in (Union, UnionType):
        (given,) = (part for part in parts if part is not NoneType)
        return _parse(text, given)
    if origin is Literal:
        return _parse_choice(text, parts)
    if origin is tuple:
        return tuple(text.replace(",", " ").split())
    return _PARSERS[annotation](text)


def _keep(value: Any, metadata: tuple[Any, ...]) -> Any:
    """The value to keep, once it was compared with limits and given to functions."""
    for each in metadata:
        if isinstance(each, Meta):
            _compare(value, each)
        elif callable(each):
            value = each(value)
    return value


def _compare(value: Any, limits: Meta) -> None:
    if limits.min_length is not None and len(value) < limits.min_length:
        raise ValueError("expected a value, not nothing")
    if limits.gt is not None and not value > limits.gt:
        raise ValueError(f"expected more than {limits.gt:g}")
    if limits.ge is not None and not value >= limits.ge:
        raise ValueError(f"expected at least {limits.ge:,}")
    greatest = _GREATEST if limits.le is None and isinstance(value, int) else limits.le
    if greatest is not None and not value <= greatest:
        raise ValueError(f"expected at most {greatest:,}")


def _parse_choice(text: str, choices: tuple[str, ...]) -> str:
    if text in choices:
        return text
    *others, last = (choice for choice in choices if choice)  # the empty one is that of a setting that may be left out
    raise ValueError(f"expected one of {', '.join(others)} or {last}")


def _parse_boolean(text: str) -> bool:
    if text.lower() not in _BOOLEANS:
        raise ValueError("expected true or false")
    return _BOOLEANS[text.lower()]


_PARSERS: Mapping[Any, Any] = {
    bool: _parse_boolean,
    int: parse_whole,
    float: parse_decimal,
    str: str,
    Secret: Secret,
}
