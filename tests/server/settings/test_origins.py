"""Origins in the settings: what no browser sends is refused, what differs only in spelling is taken."""

import re

import pytest

from server.settings.origins import parse_origins
from server.settings.settings import InvalidSettings, load_settings


@pytest.mark.parametrize(
    ("written", "origin"),
    [
        ("https://b.example", "https://b.example"),
        ("https://b.example/", "https://b.example"),
        ("HTTPS://B.Example", "https://b.example"),
        ("https://b.example:443", "https://b.example"),
        ("http://b.example:80/", "http://b.example"),
        ("http://b.example:443", "http://b.example:443"),
        ("http://localhost:03000", "http://localhost:3000"),
        ("http://[::1]:3000", "http://[::1]:3000"),
        ("http://[0:0:0:0:0:0:0:1]", "http://[::1]"),
        ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example"),
        ("capacitor://localhost", "capacitor://localhost"),
        ("chrome-extension://abcdefghijklmnop", "chrome-extension://abcdefghijklmnop"),
        ("*", "*"),
    ],
)
def test_an_origin_is_taken_as_browsers_write_it(written: str, origin: str) -> None:
    assert parse_origins([written]) == (origin,)


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["b.example"], "entry 1: the scheme is missing"),
        (["https://a.example", "b.example"], "entry 2: the scheme is missing"),
        (["localhost:3000"], "the scheme is missing"),
        (["//b.example"], "expected an origin such as"),
        (["https://"], "the scheme is missing"),
        (["https://b.example/app"], "an origin ends behind its host and port"),
        (["https://b.example//"], "an origin ends behind its host and port"),
        (["https://b.example?x=1"], "an origin ends behind its host and port"),
        (["https://b.example#x"], "an origin ends behind its host and port"),
        (["https://*.example"], "a part of a host can't be `*`"),
        (["*.example"], "the scheme is missing"),
        (["*", "https://b.example"], "`*` stands alone"),
        (["null"], "`null` is the origin of pages that hide theirs"),
        (["https://bücher.example"], "in ASCII"),
        (["https://b.example."], "ends in a dot"),
        (["https://b.example:0"], "the port must be"),
        (["https://b.example:65536"], "the port must be"),
        (["https://b.example:"], "expected an origin such as"),
        (["https://b.example:http"], "expected an origin such as"),
        (["https://me:hunter2@b.example"], "no user or password"),
        (["http://[::g]"], "expected an origin such as"),
        (["http://[1:2]"], "no IPv6 address"),
        (["wss://b.example"], "no page has an origin with wss://"),
        (["file:///x"], "an origin ends behind"),
        (['"https://b.example"'], "expected an origin such as"),
    ],
)
def test_what_no_browser_sends_is_refused_with_the_right_form(words: list[str], complaint: str) -> None:
    with pytest.raises(ValueError, match=re.escape(complaint)) as raised:
        parse_origins(words)
    assert "hunter2" not in str(raised.value)


def test_a_refused_origin_names_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FREEHOLD_CORS_ORIGINS", "https://a.example,example.org")
    with pytest.raises(InvalidSettings, match=r"^FREEHOLD_CORS_ORIGINS: entry 2: the scheme is missing"):
        load_settings()


@pytest.mark.parametrize("blank", ["", " ", " , ,"])
def test_blanks_are_no_origins(monkeypatch: pytest.MonkeyPatch, blank: str) -> None:
    monkeypatch.setenv("FREEHOLD_CORS_ORIGINS", blank)
    assert load_settings().cors_origins == ()
