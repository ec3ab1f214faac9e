"""Static tokens: what is kept of them, and what is said of wrong ones."""

import hashlib

import pytest
from click.testing import CliRunner

from schema.viewer import Scope, Viewer
from server.auth.tokens import StaticTokens, digest_of, new_token
from server.cli.commands import freehold
from server.settings.settings import InvalidSettings, load_settings
from server.settings.tokens import parse_tokens


def an_entry(name: str = "ops", scopes: str = "read", token: str = "secret") -> str:
    return f"{name}:{scopes}:{hashlib.sha256(token.encode()).hexdigest()}"


def test_a_token_is_found_by_its_hash_with_its_name_and_scopes() -> None:
    tokens = StaticTokens(parse_tokens(f"{an_entry()},\n {an_entry('app', 'read+personal', 'other')}"))
    assert tokens.find("secret") == Viewer("ops", frozenset({Scope.READ}), caller="token:ops")
    assert tokens.find("other") == Viewer("app", frozenset({Scope.READ, Scope.PERSONAL}), caller="token:app")
    assert tokens.find("") is None
    assert tokens.find(digest_of("secret").hex()) is None


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("ops:read:hunter2", "entry 1 is not name:scope+scope:SHA-256 in hex"),
        (f"{an_entry()} hunter2", "entry 2 is not"),
        (
            an_entry(scopes="read+all"),
            "entry 1 names a scope that there is not; scopes are read,",
        ),
        (an_entry(scopes=""), "entry 1 is not"),
        (f"{an_entry()} {an_entry(token='b')}", "two tokens have one name"),
    ],
)
def test_a_wrong_entry_is_told_by_its_place_and_never_shown(
    monkeypatch: pytest.MonkeyPatch, text: str, complaint: str
) -> None:
    monkeypatch.setenv("FREEHOLD_TOKENS", text)
    with pytest.raises(InvalidSettings) as raised:
        load_settings()
    assert f"FREEHOLD_TOKENS: {complaint}" in str(raised.value)
    assert "hunter2" not in str(raised.value)


def test_the_command_prints_a_new_token_once_and_the_entry_that_keeps_its_hash() -> None:
    ran = CliRunner().invoke(
        freehold, ["token", "ops", "--scope", "read", "--scope", "write", "--scope", "unpublished"]
    )
    text = next(line.strip() for line in ran.stderr.splitlines() if line.strip().startswith("freehold_"))
    assert text not in ran.stdout
    scopes = frozenset({Scope.READ, Scope.WRITE, Scope.UNPUBLISHED})
    assert StaticTokens(parse_tokens(ran.stdout)).find(text) == Viewer("ops", scopes, caller="token:ops")
    assert len({new_token() for _ in range(10)}) == 10


def test_a_token_for_a_name_that_can_not_be_is_refused() -> None:
    ran = CliRunner().invoke(freehold, ["token", "a:b"])
    assert ran.exit_code == 2
    assert "NAME" in ran.stderr


def test_hashes_are_not_shown_with_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FREEHOLD_TOKENS", an_entry())
    assert an_entry().rpartition(":")[2] not in repr(load_settings())
