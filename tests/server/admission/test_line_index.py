"""A document's line index: the locations of graphql-core, without reading the text for each of them."""

import pytest
from graphql import GraphQLError, Source, parse
from hypothesis import given
from hypothesis import strategies as st

from server.admission.line_index import LineIndexedSource
from tests.server.admission.test_examiner import examiner


@given(st.text("\n\r xé\u2028", max_size=20), st.integers(0, 20))
def test_a_position_has_the_location_that_graphql_core_finds(text: str, position: int) -> None:
    inside_line_end = text[position - 1 : position + 1] == "\r\n" and position > 0
    if not inside_line_end:
        assert LineIndexedSource(text).get_location(position) == Source(text).get_location(position)


def test_the_text_is_read_for_the_first_location_only() -> None:
    source = LineIndexedSource("{\n a\n b }")
    assert source.get_location(3) == (2, 2)
    source.body = ""
    assert source.get_location(6) == (3, 2)


def test_errors_of_an_examined_document_are_located_by_its_index() -> None:
    node = examiner().examine("{\n  currency }")
    assert node.loc is not None
    assert isinstance(node.loc.source, LineIndexedSource)


@pytest.mark.parametrize("text", ['{\n x("}', "{\n\n", "{\r\n ?"])
def test_a_syntax_error_is_located_as_graphql_core_does(text: str) -> None:
    with pytest.raises(GraphQLError) as expected:
        parse(text)
    with pytest.raises(GraphQLError) as found:
        parse(LineIndexedSource(text))
    assert found.value.locations == expected.value.locations
