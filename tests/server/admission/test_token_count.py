"""Counting tokens without parsing."""

import pytest
from graphql import Lexer, Source, TokenKind, get_introspection_query
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.security.hostile import HOSTILE
from server.admission.admission import examination_cost
from server.admission.token_count import count_tokens

TRICKY = [
    r'{ a(b: "\"") c d e }',
    r'{ a(b: "\\") c d e }',
    r'{ a(b: """x"y""") c d e }',
    r'{ a(b: """x\""" y""") c d e }',
    r'{ a(b: """x\\"""  y\""" """) c d e }',
    '{ a(b: "") c(d: """""") }',
    "{ a # a comment \r b } # and another",
    "{ a(b: [-1.5e-3, 2, -7, 1.25E+9]), ...c, ...d }",
    "\ufeffquery($a: [Int!]! = [1]) @b { c(d: $a) & | }",
]


def tokens_of(text: str) -> int:
    lexer, count = Lexer(Source(text)), 0
    while lexer.advance().kind is not TokenKind.EOF:
        pass
    token = lexer.token.prev
    while token is not None and token.kind is not TokenKind.SOF:
        count += 1
        token = token.prev
    return count


@pytest.mark.parametrize("text", [*TRICKY, *HOSTILE.values(), get_introspection_query()])
def test_as_many_tokens_are_counted_as_the_parser_sees(text: str) -> None:
    try:
        seen = tokens_of(text)
    except Exception:  # no document: the parser stops earlier
        assert count_tokens(text, 100_000) > 0
    else:
        assert seen <= count_tokens(text, 100_000) <= seen + 1


PIECES = ['"', '""', '"""', "\\", "a", " ", "\n", "#", "...", "1", "-", "{", ".", "\r", ","]


@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
def test_no_quote_hides_tokens(text: str) -> None:
    try:
        seen = tokens_of(text)
    except Exception:
        return
    assert count_tokens(text, 100_000) >= seen


def test_a_document_is_charged_by_its_tokens_before_it_is_parsed() -> None:
    assert examination_cost("{ currency }", 2_000) == 10
    assert examination_cost("{" + "a " * 1980 + "}", 2_000) == 10 + 79 + 396
    assert examination_cost("query($v:PropertyFilter={" + "a:1 " * 600 + "}){currency}", 2_000) > 300
    assert examination_cost('{ a(b: "%s") }' % ("word " * 5_000), 2_000) == 10 + 500 + 1
    assert examination_cost("a " * 500_000, 2_000) == 10 + 20_000 + 400
