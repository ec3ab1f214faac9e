"""Drafts: the values that a caller wants to write, checked by the domain's rules before any statement runs."""

import unicodedata
from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any, NamedTuple, Self, TypeVar

import msgspec

from storage import ids
from storage.errors import Problem, ProblemCode
from storage.record import Status
from storage.reference import canonical_reference
from storage.rules import Before, Rule, between, length, may_be_null, plain, positive, rules_of, status

MAX_PRICE = 2**53 - 1  # the greatest integer that every JSON reader reads exactly

_LONGEST_LINE = 200
_LONGEST_REFERENCE = 4 * _LONGEST_LINE
"""Characters that canonical composition can shorten to a line: it composes at most four to one."""

_BLANK = frozenset("\u2800\u115f\u1160\u3164\uffa0")
"""Letters and symbols that are invisible: the empty Braille cell and the Hangul fillers."""


_NO_EMAIL = frozenset('@ <>()[],;:"\\')
"""Characters that stand in no address without quotes."""


def _is_visible(text: str) -> bool:
    """Whether a character is visible: a letter, number, punctuation or symbol."""
    return any(unicodedata.category(each)[0] in "LNPS" and each not in _BLANK for each in text)


def _visible(text: str) -> str:
    if not text.isascii() and not _is_visible(text):  # what is left of ASCII is visible, once it is plain and stripped
        raise ValueError("must have a character that can be seen")
    return text


def _canonical(value: object) -> object:
    """The canonical form, unless the text is too long: for some texts its time grows with the square of the length."""
    short = isinstance(value, str) and len(value.strip()) <= _LONGEST_REFERENCE
    return canonical_reference(value) if isinstance(value, str) and short else value


def _owner_id(text: str) -> str:
    if not ids.is_id(ids.OWNER, text):
        raise ValueError("must be an owner's id (owner_…)")
    return text


def _email(text: str) -> str:
    local, _, domain = text.rpartition("@")
    labels = domain.split(".")
    if (
        not (_is_visible(local) and _is_visible(domain))
        or not _NO_EMAIL.isdisjoint(local + domain)
        or not all((*local.split("."), *labels))
        or any(label[0] == "-" or label[-1] == "-" for label in labels)
    ):
        raise ValueError("must be an e-mail address")
    return text


Word = Annotated[str, length(1, 64), plain, _visible]
Line = Annotated[str, length(1, _LONGEST_LINE), plain, _visible]
Reference = Annotated[Line, Before(_canonical)]
Email = Annotated[str, length(3, 254), plain, _email]
Price = Annotated[int, between(0, MAX_PRICE)]
Rooms = Annotated[int, between(0, 1000)]
Bathrooms = Annotated[float, between(0, 1000)]
Area = Annotated[float, positive, between(0, 10**9)]
Latitude = Annotated[float, between(-90, 90)]
Longitude = Annotated[float, between(-180, 180)]
OwnerId = Annotated[str, _owner_id]
StatusText = Annotated[str, Before(status)]


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """Fields as a caller gives them. Their annotations are their rules (`storage.rules`).

    `said` names the fields that were given; the others hold their defaults.
    """

    said: frozenset[str] = frozenset()

    @classmethod
    def saying(cls, **fields: Any) -> Self:
        """A draft with these fields, unchecked."""
        return cls(**fields, said=frozenset(fields))


class OwnerDraft(Draft, frozen=True, kw_only=True):
    """An owner to create."""

    reference: Reference | None = None
    name: Line
    email: Email
    phone: Word | None = None


class PropertyDraft(Draft, frozen=True, kw_only=True):
    """A listing to create. Its owner must exist."""

    reference: Reference | None = None
    address: Line
    city: Line
    region: Line | None = None
    postal_code: Word | None = None
    price: Price
    status: StatusText = Status.DRAFT.value
    bedrooms: Rooms | None = None
    bathrooms: Bathrooms | None = None
    area: Area | None = None
    latitude: Latitude | None = None
    longitude: Longitude | None = None
    owner_id: OwnerId


D = TypeVar("D", bound=Draft)


class _Field(NamedTuple):
    """A field's rules, and whether it may be null and must be given."""

    rules: tuple[Rule, ...]
    may_be_null: bool
    is_required: bool

    def check(self, value: Any) -> Any:
        """The checked value. Raises ValueError."""
        if value is not None or not self.may_be_null:
            for rule in self.rules:
                value = rule(value)
        return value


@cache
def _fields(model: type[Draft]) -> Mapping[str, _Field]:
    return {
        field.name: _Field(rules_of(field.type), may_be_null(field.type), field.required)
        for field in msgspec.structs.fields(model)
        if field.name != "said"
    }


def fields_of(model: type[Draft]) -> tuple[str, ...]:
    """The fields that a caller may give, in their order."""
    return tuple(_fields(model))


def values_of(draft: Draft) -> dict[str, Any]:
    """All fields of a draft with their values, in their order."""
    return {field: getattr(draft, field) for field in _fields(type(draft))}


def said_by(draft: Draft, model: type[Draft] | None = None) -> dict[str, Any]:
    """The fields that were given, with their values, in their order; only those of `model`, if there is one."""
    return {field: getattr(draft, field) for field in fields_of(model or type(draft)) if field in draft.said}


def defaults_of(model: type[Draft]) -> dict[str, Any]:
    """The values that are stored for absent fields."""
    fields = msgspec.structs.fields(model)
    return {field.name: field.default for field in fields if not field.required and field.name != "said"}


def check_draft(model: type[D], values: Mapping[str, object], index: int | None = None) -> D | list[Problem]:
    """The draft with these values, or all their problems, in the order of the fields."""
    kept: dict[str, Any] = {}
    problems: list[Problem] = []
    fields = _fields(model)
    for name, field in fields.items():
        if name in values:
            try:
                kept[name] = field.check(values[name])
            except ValueError as error:
                problems.append(Problem(ProblemCode.VALIDATION, str(error), name, index))
        elif field.is_required:
            problems.append(Problem(ProblemCode.VALIDATION, "must not be absent", name, index))
    unknown = sorted(values.keys() - fields.keys())
    problems += [Problem(ProblemCode.VALIDATION, "no such field", name, index) for name in unknown]
    return problems or model.saying(**kept)


def check_changes(model: type[Draft], changes: Mapping[str, object]) -> dict[str, Any] | list[Problem]:
    """Changes of some of a draft's fields, each checked by its own rule, or all their problems."""
    checked: dict[str, Any] = {}
    problems: list[Problem] = []
    for name, value in changes.items():
        field = _fields(model).get(name)
        try:
            if field is None:
                raise ValueError("no such field")
            if value is None and not field.may_be_null:
                raise ValueError("must not be null")
            checked[name] = field.check(value)
        except ValueError as error:
            problems.append(Problem(ProblemCode.VALIDATION, str(error), name))
    return problems or checked
