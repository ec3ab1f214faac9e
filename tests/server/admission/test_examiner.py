"""The examination of documents: each limit, what is measured of fragments, and how long hostile documents take."""

from time import process_time
from typing import Any

import pytest
from graphql import DocumentNode, GraphQLError, get_introspection_query, parse

from benchmarks.security.hostile import HOSTILE
from server.admission.document_limits import DocumentLimits
from server.admission.examiner import Examiner, Invalid
from server.admission.measure import measure
from server.admission.overlapping_fields import count_repeats
from server.admission.variable_values import check_values
from server.settings.settings import Settings
from tests.graphql import SCHEMA

LIMITS = DocumentLimits.of(Settings())


def examiner(**limits: int) -> Examiner:
    """With the default limits but for these."""
    given: dict[str, Any] = {name: getattr(LIMITS, name) for name in LIMITS.__struct_fields__}
    return Examiner(SCHEMA.core, DocumentLimits(**(given | limits)), suggestions=False)


def examine(text: str, **limits: int) -> str | None:
    """The code and message of the first error, or None."""
    try:
        examiner(**limits).examine(text)
    except Invalid as invalid:
        return said(invalid.errors[0])
    except GraphQLError as error:
        return said(error)
    return None


def said(error: GraphQLError) -> str:
    return f"{(error.extensions or {})['code']}: {error.message}"


NESTED = "{ owners { nodes { properties { nodes { owner { name } } } } } }"
SPREAD = "{ owners { nodes { ...F } } } fragment F on Owner { a: name ...G } fragment G on Owner { b: id c: id }"


@pytest.mark.parametrize(
    ("limit", "text", "least", "what"),
    [
        ("length", "{ currency }", 12, "characters in the document"),
        ("tokens", "{ currency } # x", 4, "tokens in the document"),
        ("name", "query abcdef { currency }", 8, "characters in a name"),
        ("name", "{ currency abcdefghi: currency }", 9, "characters in a name"),
        ("name", "query($abcdefghi: ID!) { owner(id: $abcdefghi) { id } }", 9, "characters in a name"),
        ("name", "{ ...abcdefghi } fragment abcdefghi on Query { currency }", 9, "characters in a name"),
        ("operations", "query A { currency } query B { currency }", 2, "operations"),
        ("root_fields", "{ a: currency ...F } fragment F on Query { b: currency c: currency }", 3, "root fields"),
        ("fields", SPREAD, 13, "fields, fragments counted wherever they are spread"),
        ("depth", NESTED, 6, "levels of fields"),
        (
            "depth",
            "{ ...F } fragment F on Query { owners { nodes { ...G } } } fragment G on Owner { id }",
            3,
            "levels of",
        ),
        ("introspection_depth", "{ __schema { types { fields { name } } } }", 4, "levels of introspection"),
        (
            "introspection_depth",
            '{ __type(name: "A") { ...F } } fragment F on __Type { ofType { name } }',
            3,
            "levels of introspection",
        ),
        ("aliases", SPREAD, 3, "aliases"),
        ("directives", "{ a: currency @skip(if: false) b: currency @include(if: true) }", 2, "directives"),
        ("repeats", "{ currency currency currency }", 3, "pairs of fields with one response name"),
        ("repeats", "{ owners { nodes { id } } ...F } fragment F on Query { owners { nodes { id } } }", 3, "pairs of"),
    ],
)
def test_a_document_at_a_limit_passes_and_one_above_it_is_refused(limit: str, text: str, least: int, what: str) -> None:
    assert examine(text, **{limit: least}) is None
    refused = examine(text, **{limit: least - 1})
    assert refused is not None
    assert refused.startswith(f"DOCUMENT_TOO_LARGE: Too many {what}")
    assert str(least - 1) in refused


def test_usual_documents_pass() -> None:
    assert examine(get_introspection_query(input_value_deprecation=True, directive_is_repeatable=True)) is None
    assert examine(NESTED) is None
    assert examine(SPREAD) is None


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_document_is_answered_within_a_tenth_of_a_second(name: str) -> None:
    def seconds() -> float:
        started = process_time()
        examine(HOSTILE[name])
        return process_time() - started

    assert min(seconds() for _ in range(3)) < 0.1


@pytest.mark.parametrize("name", [name for name in HOSTILE if "allowed" not in name])
def test_nearly_every_hostile_document_is_refused_with_a_code(name: str) -> None:
    passes = {"introspection", "commas", "a long string", "inline fragments within each other", "a block of lines"}
    assert (examine(HOSTILE[name]) is None) is (name in passes | {"a long list"})


def test_fragments_in_fragments_are_measured_in_a_time_that_grows_with_the_text() -> None:
    def chain(count: int) -> str:
        links = [f"fragment f{i} on Query {{ ...f{i + 1} ...f{i + 1} }}" for i in range(count)]
        return "{ ...f0 } " + " ".join(links) + f" fragment f{count} on Query {{ currency }}"

    def seconds(document: DocumentNode) -> float:
        started = process_time()
        measure(document)
        return process_time() - started

    small, large = parse(chain(50)), parse(chain(400))
    assert measure(small).fields > 1_000_000
    assert min(seconds(large) for _ in range(5)) < max(min(seconds(small) for _ in range(5)), 0.0005) * 8 * 4


def test_a_circle_of_fragments_is_told_by_name() -> None:
    text = "{ ...A } fragment A on Query { ...B } fragment B on Query { ...C } fragment C on Query { ...B }"
    assert examine(text) == 'GRAPHQL_VALIDATION_FAILED: Fragment "B" spreads itself, at once or through others.'
    assert "spreads itself" in str(examine("{ ...A } fragment A on Query { currency ...A }"))


def test_repeats_are_counted_in_each_definition() -> None:
    assert count_repeats(parse("{ a ...F } fragment F on Query { a a }")) == 3 + 1
    assert count_repeats(parse("{ x { a } x { a b } ... { x { b } } }")) == 3 + 1 + 1


def test_parse_and_validation_errors_have_codes_and_no_more_than_five_are_told() -> None:
    assert str(examine("{")).startswith("GRAPHQL_PARSE_FAILED: Syntax Error")
    assert str(examine("{ nothing }")).startswith("GRAPHQL_VALIDATION_FAILED: Cannot query field")
    examiner = Examiner(SCHEMA.core, LIMITS)
    with pytest.raises(Invalid) as raised:
        examiner.examine("{ owners { nodes { " + " ".join(f"n{i}" for i in range(100)) + "} } }")
    assert len(raised.value.errors) == 6
    assert all(said(error).startswith("GRAPHQL_VALIDATION_FAILED") for error in raised.value.errors)


def test_a_document_without_operations_or_fields_is_an_error_not_a_crash() -> None:
    for text in ("fragment F on Query { currency }", "type A { b: Int }", "{ currency { x } }", "{ ...Missing }"):
        assert examine(text) is not None


def test_names_are_suggested_only_if_the_setting_says_so() -> None:
    for suggestions in (True, False):
        examiner = Examiner(SCHEMA.core, LIMITS, suggestions=suggestions)
        with pytest.raises(Invalid) as raised:
            examiner.examine("{ curency }")
        assert ("Did you mean" in raised.value.errors[0].message) is suggestions


def test_a_schema_that_is_not_to_be_asked_for_is_not_shown() -> None:
    examiner = Examiner(SCHEMA.core, LIMITS, introspection=False)
    for text in ("{ __schema { types { name } } }", '{ __type(name: "Owner") { name } }'):
        with pytest.raises(GraphQLError, match="introspection is off"):
            examiner.examine(text)
    examiner.examine("{ __typename }")


@pytest.mark.parametrize(
    ("variables", "complaint"),
    [
        ({"a": list(range(10)), "b": 1}, "more than 11 allowed"),
        ({"a": {"b": [1] * 6, "c": {"d": [1] * 6}}}, "more than 11 allowed"),
    ],
)
def test_variables_have_limits(variables: dict[str, Any], complaint: str) -> None:
    check_values(variables, 20, 10)
    with pytest.raises(GraphQLError, match=complaint):
        check_values(variables, 11, 10)


@pytest.mark.parametrize("variables", [{"a": {"x" * 11: 1}}, {"a": [{"b": {"x" * 11: 1}}]}])
def test_a_long_name_in_an_object_of_the_variables_is_refused(variables: dict[str, Any]) -> None:
    check_values(variables, 20, 11)
    with pytest.raises(GraphQLError, match="Too many characters in a name: 11, more than the 10 allowed"):
        check_values(variables, 20, 10)


def test_a_long_name_of_a_variable_that_no_operation_declares_is_ignored() -> None:
    check_values({"x" * 1000: 1}, 20, 10)


def test_deep_variables_are_refused() -> None:
    deep: Any = 1
    for _ in range(500):
        deep = [deep]
    with pytest.raises(GraphQLError, match="levels of lists and objects"):
        check_values({"a": deep}, 20_000, 10)
