"""Drafts: the domain's rules, and what they say when they are broken."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage import draft
from storage.draft import MAX_PRICE, OwnerDraft, PropertyDraft, check_changes, check_draft, fields_of, values_of
from storage.errors import Problem, ProblemCode
from storage.ids import OWNER, PROPERTY, new_id
from storage.record import Owner
from storage.reference import canonical_reference
from storage.rules import is_plain
from tests.drafts import a_listing, an_owner

OWNER_ROW = Owner(new_id(OWNER), None, "Ada", "ada@example.org", None, 0)
LISTING = values_of(a_listing(OWNER_ROW))

REFUSED: list[tuple[str, Any]] = [
    ("address", ""),
    ("address", "   "),
    ("address", "x" * 201),
    ("address", None),
    ("city", "a\0b"),
    ("city", "a\nb"),
    ("city", "a\u2028b"),
    ("city", "\ud800"),
    ("city", "\ufeffLisbon"),
    ("city", "Lis\ufeffbon"),
    ("reference", "r-1\ufeff"),
    ("postal_code", "\ufeff1"),
    ("city", 7),
    ("postal_code", "x" * 65),
    ("price", -1),
    ("price", MAX_PRICE + 1),
    ("price", 10**4000),
    ("price", 1.5),
    ("price", True),
    ("price", "250000"),
    ("price", 250000.0),
    ("area", "72.5"),
    ("price", None),
    ("price", float("nan")),
    ("status", "gone"),
    ("status", None),
    ("bedrooms", -1),
    ("bedrooms", 1001),
    ("bathrooms", False),
    ("bathrooms", float("inf")),
    ("area", 0),
    ("area", 1e10),
    ("area", float("nan")),
    ("latitude", 90.0001),
    ("longitude", -181),
    ("owner_id", "owner_1"),
    ("owner_id", new_id(PROPERTY)),
    ("owner_id", LISTING["owner_id"].upper()),
]
ACCEPTED: list[tuple[str, Any, Any]] = [
    ("address", "  1 Main Street ", "1 Main Street"),
    ("city", "Zürich 🏔", "Zürich 🏔"),
    ("price", 0, 0),
    ("price", MAX_PRICE, MAX_PRICE),
    ("status", "sold", "sold"),
    ("bedrooms", 0, 0),
    ("bathrooms", 1, 1.0),
    ("latitude", -90, -90.0),
    ("longitude", 180, 180.0),
    ("area", 0.01, 0.01),
    ("reference", None, None),
]


@pytest.mark.parametrize(("field", "value"), REFUSED)
def test_a_value_that_breaks_a_rule_is_a_problem_of_its_field(field: str, value: Any) -> None:
    for checked in (check_draft(PropertyDraft, LISTING | {field: value}), check_changes(PropertyDraft, {field: value})):
        assert isinstance(checked, list)
        (problem,) = checked
        assert (problem.code, problem.field) == (ProblemCode.VALIDATION, field)
        assert problem.message.startswith("must ")


@pytest.mark.parametrize(("field", "value", "kept"), ACCEPTED)
def test_a_value_within_the_rules_is_kept(field: str, value: Any, kept: Any) -> None:
    draft = check_draft(PropertyDraft, LISTING | {field: value})
    assert isinstance(draft, PropertyDraft)
    assert (getattr(draft, field), type(getattr(draft, field))) == (kept, type(kept))
    assert check_changes(PropertyDraft, {field: value}) == {field: kept}


def test_a_byte_order_mark_is_not_written_but_a_cursor_may_hold_one_that_is_stored() -> None:
    (problem,) = check_changes(OwnerDraft, {"name": "A\ufeffda"})
    assert problem == Problem(ProblemCode.VALIDATION, "must not contain a byte order mark (U+FEFF)", "name")
    assert is_plain("A\ufeffda")


INVISIBLE = [
    "\u200c",
    "\u200c \u200d",
    "\u00ad",
    "\u3164",
    "\u115f\u1160",
    "\uffa0",
    "\u2800",
    "\u034f\ufe0f",
    "\u200e",
]


@pytest.mark.parametrize("value", INVISIBLE, ids=ascii)
def test_a_text_of_which_nothing_can_be_seen_is_no_text(value: str) -> None:
    for model, field in (
        (OwnerDraft, "name"),
        (OwnerDraft, "reference"),
        (OwnerDraft, "phone"),
        (PropertyDraft, "city"),
    ):
        (problem,) = check_changes(model, {field: value})
        assert problem == Problem(ProblemCode.VALIDATION, "must have a character that can be seen", field)
    for email in (f"{value.strip()}@b", f"a@{value.strip()}"):
        if " " not in email:
            (problem,) = check_changes(OwnerDraft, {"email": email})
            assert problem == Problem(ProblemCode.VALIDATION, "must be an e-mail address", "email")


@pytest.mark.parametrize("name", ["\u200cA", "नी", "ﷺ", "👩\u200d👩", "-", "1", "ʻ"])
def test_a_text_of_which_something_can_be_seen_is_kept_as_it_is(name: str) -> None:
    assert check_changes(OwnerDraft, {"name": name}) == {"name": name}


def test_no_number_is_a_negative_zero() -> None:
    draft = check_draft(PropertyDraft, LISTING | {"latitude": -0.0, "longitude": -0.0, "bathrooms": -0.0})
    assert isinstance(draft, PropertyDraft)
    assert [repr(value) for value in (draft.latitude, draft.longitude, draft.bathrooms)] == ["0.0"] * 3


@pytest.mark.parametrize(
    "email",
    [
        "<a@b.de>",
        "a@b..c",
        "a..b@c.de",
        ".a@b.de",
        "a.@b.de",
        "a@.b.de",
        "a@b.de.",
        "a@-b.de",
        "a@b-.de",
        "a@[127.0.0.1]",
        "a,b@c.de",
        'Ada "A" <a@b.de>',
        "\u202ea@b.de",
        "a@b\u200b.de",
        "",
        "ada",
        "@example.org",
        "ada@",
        "a@b@c",
        "a b@example.org",
        "a@b\n",
        "a" * 250 + "@b.org",
    ],
)
def test_an_address_that_no_mail_reaches_is_refused(email: str) -> None:
    checked = check_draft(OwnerDraft, {"name": "Ada", "email": email})
    assert isinstance(checked, list) or email.endswith("\n")


def test_every_problem_of_a_row_has_its_index() -> None:
    checked = check_draft(OwnerDraft, {"name": "", "email": "x", "age": 3}, index=7)
    assert isinstance(checked, list)
    assert {(problem.field, problem.index) for problem in checked} == {("name", 7), ("email", 7), ("age", 7)}


def test_a_change_of_no_field_is_a_problem() -> None:
    assert check_changes(OwnerDraft, {"age": 3}) == [Problem(ProblemCode.VALIDATION, "no such field", "age")]
    assert check_changes(OwnerDraft, {}) == {}


def test_a_draft_can_not_be_changed() -> None:
    with pytest.raises(AttributeError, match="immutable"):
        an_owner().name = "Grace"  # type: ignore[misc]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda inner: st.lists(inner, max_size=3)
)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from([*fields_of(PropertyDraft), "other"]), json_values))
def test_no_input_breaks_the_rules_themselves(values: dict[str, object]) -> None:
    assert isinstance(check_draft(PropertyDraft, values), (PropertyDraft, list))
    assert isinstance(check_changes(PropertyDraft, values), (dict, list))


def test_a_reference_that_can_not_be_short_enough_is_refused_before_it_is_composed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    composed: list[str] = []

    def compose(text: str) -> str:
        composed.append(text)
        return canonical_reference(text)

    monkeypatch.setattr(draft, "canonical_reference", compose)
    rest = {"name": "A", "email": "a@b.c"}
    assert isinstance(check_draft(OwnerDraft, {**rest, "reference": "e\u0301" * 200}), OwnerDraft)
    assert isinstance(check_draft(OwnerDraft, {**rest, "reference": "e\u0301" * 50_000}), list)
    assert composed == ["e\u0301" * 200]


@pytest.mark.parametrize(
    "email", ["a@b.de", "a+b@c.de", "o'hara@x-y.example", "ä.ö@münchen.de", "अ@डाटामेल.भारत", "a@localhost"]
)
def test_an_address_that_mail_reaches_is_kept(email: str) -> None:
    assert isinstance(check_draft(OwnerDraft, {"name": "Ada", "email": email}), OwnerDraft)


@pytest.mark.parametrize("hidden", ["\u202e", "\u2066", "\u200b", "\u2060", "\U000e0041"])
def test_a_character_that_hides_or_reverses_text_is_refused(hidden: str) -> None:
    for field in ("name", "phone", "reference"):
        checked = check_draft(OwnerDraft, {"name": "Ada", "email": "a@b.de"} | {field: f"A{hidden}da"})
        assert checked == [Problem(ProblemCode.VALIDATION, "must not contain invisible characters", field)]


@pytest.mark.parametrize("name", ["می\u200cخواهم", "👩\u200d👧", "\u200fאבג\u200f", "Straße\u00ad"])
def test_joiners_and_marks_of_direction_are_kept(name: str) -> None:
    assert isinstance(check_draft(OwnerDraft, {"name": name, "email": "a@b.de"}), OwnerDraft)
