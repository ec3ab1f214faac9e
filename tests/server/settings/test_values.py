"""Values of settings: what each type takes from a text."""

from typing import Any

import pytest

from server.settings.secret import Secret
from server.settings.settings import Settings
from server.settings.values import annotations_of, parse_value

ANNOTATIONS = annotations_of(Settings)


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        *(("trace", text, True) for text in ("true", "on", "yes", "1", "t", "y", "ON", "True")),
        *(("trace", text, False) for text in ("false", "off", "no", "0", "f", "n", "OFF", "False")),
        ("suggestions", "on", True),
        ("port", " 80 ", 80),
        ("statement_cache", "0", 0),
        ("shutdown_delay", "0", 0.0),
        ("cache_bound", "0.2", 0.2),
        ("log_level", "debug", "debug"),
        ("jwt_algorithm", "", ""),
        ("jwt_scope_claims", "scope, realm_access.roles", ("scope", "realm_access.roles")),
        ("cors_headers", "x-a,x-b", ("x-a", "x-b")),
        ("host", "[::1]", "::1"),
        ("public", " none ", "none"),
        ("public", "read, unpublished", "read unpublished"),
        ("cache_url", " memory ", Secret("memory")),
        ("listen_url", "postgresql://h/d", Secret("postgresql://h/d")),
    ],
)
def test_a_text_gives_a_setting_its_value(field: str, text: str, value: Any) -> None:
    parsed = parse_value(text, ANNOTATIONS[field])
    assert (parsed, type(parsed)) == (value, type(value))


@pytest.mark.parametrize(
    ("field", "text", "expected"),
    [
        ("trace", "", "expected true or false"),
        ("port", "65536", "expected at most 65,535"),
        ("max_cost", "9" * 23, "expected at most 1,000,000"),
        ("queue_limit", "9" * 23, "expected at most 9,007,199,254,740,991"),
        ("cache_bytes", str(2**53), "expected at most 9,007,199,254,740,991"),
        ("cache_bytes", "-" + "9" * 23, "expected at least 0"),
        ("request_timeout", "9" * 400, "expected at most 3,600"),
        ("request_timeout", f"0.{'9' * 23}x", "expected a number, digits with at most one decimal point"),
        ("pool_size", "0", "expected at least 1"),
        ("cache_bound", "0.1", "expected at least 0.2"),
        ("cache_timeout", "0", "expected more than 0"),
        ("shutdown_delay", "-1", "expected at least 0"),
        ("host", "", "expected a value, not nothing"),
        ("trusted_documents_mode", "off", "expected one of enforce or log"),
        ("jwt_issuer", "\udcff", "expected text in UTF-8"),
    ],
)
def test_a_text_that_is_no_value_is_told_what_the_setting_expects(field: str, text: str, expected: str) -> None:
    with pytest.raises(ValueError, match=f"^{expected}$"):
        parse_value(text, ANNOTATIONS[field])


def test_a_secret_shows_its_text_in_no_representation() -> None:
    secret = Secret("hunter2")
    for shown in (repr(secret), str(secret), f"{secret}", repr(Settings(database_url=secret))):
        assert "hunter2" not in shown
