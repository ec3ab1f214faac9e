"""Drafts: what a caller asks to write, checked by the domain's rules before any statement runs."""

import re
import unicodedata
from collections.abc import Mapping
from enum import Enum
from functools import cache
from types import NoneType
from typing import Annotated, Any, TypeVar, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationError,
)

from storage import ids
from storage.errors import Problem, ProblemCode
from storage.record import Status
from storage.reference import canonical_reference

MAX_PRICE = 2**53 - 1  # the greatest integer that every JSON reader keeps whole

_LONGEST_LINE = 200
_LONGEST_REFERENCE = 4 * _LONGEST_LINE
"""Characters of which canonical composition may still make a line: no character is composed of more than four."""

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")

_BYTE_ORDER_MARK = "\ufeff"
"""Invisible, and left where files were joined: not written any longer, though rows of older releases may hold it."""


_BLANK = frozenset("\u2800\u115f\u1160\u3164\uffa0")
"""Letters and symbols that show nothing: the empty Braille cell and the fillers of Hangul."""


def is_plain(text: str) -> bool:
    """Whether `text` is one line that both databases can hold: no control characters, no lone surrogates."""
    return _CONTROL.search(text) is None


def _plain(text: str) -> str:
    if not is_plain(text):
        raise ValueError("must not contain control characters")
    if _BYTE_ORDER_MARK in text:
        raise ValueError("must not contain a byte order mark (U+FEFF)")
    return text


def _is_visible(text: str) -> bool:
    """Whether a character shows by itself: a letter, number, punctuation or symbol."""
    return any(unicodedata.category(each)[0] in "LNPS" and each not in _BLANK for each in text)


def _visible(text: str) -> str:
    if not _is_visible(text):
        raise ValueError("must have a character that can be seen")
    return text


def _unsigned_zero(number: float) -> float:
    return number + 0.0  # SQLite keeps no -0.0


def _canonical(value: object) -> object:
    """Canonical form takes time in the square of some texts' length: what stays too long in it is left as it is."""
    short = isinstance(value, str) and len(value.strip()) <= _LONGEST_REFERENCE
    return canonical_reference(value) if isinstance(value, str) and short else value


def _owner_id(text: str) -> str:
    if not ids.is_id(ids.OWNER, text):
        raise ValueError("must be an owner's id (owner_…)")
    return text


def _email(text: str) -> str:
    local, _, domain = text.rpartition("@")
    if not _is_visible(local) or not _is_visible(domain) or "@" in local or " " in text:
        raise ValueError("must be an e-mail address")
    return text


Word = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=64),
    AfterValidator(_plain),
    AfterValidator(_visible),
]
Line = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=_LONGEST_LINE),
    AfterValidator(_plain),
    AfterValidator(_visible),
]
Reference = Annotated[Line, BeforeValidator(_canonical)]
Email = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=3, max_length=254),
    AfterValidator(_plain),
    AfterValidator(_email),
]
Number = Annotated[float, AfterValidator(_unsigned_zero), Field(strict=True, allow_inf_nan=False)]
Price = Annotated[int, Field(strict=True, ge=0, le=MAX_PRICE)]
Rooms = Annotated[int, Field(strict=True, ge=0, le=1000)]
Bathrooms = Annotated[Number, Field(ge=0, le=1000)]
Area = Annotated[Number, Field(gt=0, le=1e9)]
Latitude = Annotated[Number, Field(ge=-90, le=90)]
Longitude = Annotated[Number, Field(ge=-180, le=180)]
OwnerId = Annotated[str, AfterValidator(_owner_id)]


class Draft(BaseModel):
    """Fields as a caller gives them. Text is trimmed; a field of another name is an error."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", use_enum_values=True, validate_default=True, defer_build=True
    )


class OwnerDraft(Draft):
    """An owner to create."""

    reference: Reference | None = None
    name: Line
    email: Email
    phone: Word | None = None


class PropertyDraft(Draft):
    """A listing to create. Its owner must exist."""

    reference: Reference | None = None
    address: Line
    city: Line
    region: Line | None = None
    postal_code: Word | None = None
    price: Price
    status: Status = Status.DRAFT
    bedrooms: Rooms | None = None
    bathrooms: Bathrooms | None = None
    area: Area | None = None
    latitude: Latitude | None = None
    longitude: Longitude | None = None
    owner_id: OwnerId


D = TypeVar("D", bound=Draft)


def defaults_of(model: type[Draft]) -> dict[str, Any]:
    """What fields that may be absent are stored as then."""
    defaults = {name: field.default for name, field in model.model_fields.items() if not field.is_required()}
    return {name: value.value if isinstance(value, Enum) else value for name, value in defaults.items()}


@cache
def _field_adapter(model: type[Draft], field: str) -> TypeAdapter[Any]:
    return TypeAdapter(model.model_fields[field].rebuild_annotation())


@cache
def _may_be_null(model: type[Draft], field: str) -> bool:
    return NoneType in get_args(model.model_fields[field].annotation)


def check_draft(model: type[D], values: Mapping[str, object], index: int | None = None) -> D | list[Problem]:
    """The draft that `values` make, or every problem they have."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        return problems_of(error, index=index)


def check_changes(model: type[Draft], changes: Mapping[str, object]) -> dict[str, Any] | list[Problem]:
    """The changes of some of a draft's fields, checked each by its own rule, or every problem they have."""
    checked: dict[str, Any] = {}
    problems: list[Problem] = []
    for field, value in changes.items():
        if field not in model.model_fields:
            problems.append(Problem(code=ProblemCode.VALIDATION, message="no such field", field=field))
            continue
        if value is None and not _may_be_null(model, field):
            problems.append(Problem(code=ProblemCode.VALIDATION, message="must not be null", field=field))
            continue
        try:
            checked[field] = _field_adapter(model, field).validate_python(value)
        except ValidationError as error:
            problems.extend(problems_of(error, field=field))
    return problems or checked


def problems_of(error: ValidationError, *, field: str | None = None, index: int | None = None) -> list[Problem]:
    """A problem for each of the error's findings, in the order of the fields."""
    return [
        Problem(
            code=ProblemCode.VALIDATION,
            message=_message(finding["type"], finding["msg"]),
            field=field or (str(finding["loc"][0]) if finding["loc"] else None),
            index=index,
        )
        for finding in error.errors(include_url=False, include_context=False, include_input=False)
    ]


_PLAIN = {
    "int_type": "must be a whole number",
    "float_type": "must be a number",
    "string_type": "must be text",
    "string_unicode": "must be text without lone surrogates",
    "missing": "must not be absent",
    "extra_forbidden": "no such field",
}


def _message(type: str, text: str) -> str:
    if type in _PLAIN:
        return _PLAIN[type]
    text = text.removeprefix("Value error, ")
    return text.replace("Input should", "must").replace("String should", "must")
