"""Scopes: which claims of a token give them, and that a token allows no less than its absence."""

from collections.abc import Iterator
from typing import Any

import pytest

from schema.viewer import Scope
from server.auth.scopes import ScopeClaims
from server.settings.secret import Secret
from server.settings.settings import load_settings
from tests.server.auth.issuer import AUDIENCE, ISSUER, Issuer, issuing
from tests.server.auth.test_access import READ, WRITE, ask
from tests.server.clients import running


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with issuing() as issuer:
        yield issuer


@pytest.mark.parametrize(
    ("names", "prefix", "claims", "scopes"),
    [
        (("scope",), "", {"scope": "openid read read write"}, {"read", "write"}),
        (("scope",), "", {"scope": ["read", "write", 7, None, ["personal"]]}, {"read", "write"}),
        (("scope", "scp"), "", {"scope": "openid", "scp": ["read"]}, {"read"}),
        (("scope",), "", {"scope": "read,write"}, set()),
        (("scope",), "", {"scope": ["read write"]}, set()),
        (("scope",), "", {"scope": "  read  write "}, {"read", "write"}),
        (("scope",), "", {"scope": "read\u00a0write\u2003personal\tread\nwrite"}, set()),
        (("scope",), "", {"scope": {"read": True}}, set()),
        (("scope",), "", {"scope": "READ Read"}, set()),
        (("scope",), "freehold:", {"scope": "freehold:read write freehold:freehold:personal"}, {"read"}),
        (("roles",), "", {"roles": ["read"]}, {"read"}),
        (("realm_access.roles",), "", {"realm_access": {"roles": ["write"]}}, {"write"}),
        (("realm_access.roles",), "", {"realm_access": ["write"]}, set()),
        (("realm_access.roles",), "", {"realm_access.roles": "read", "realm_access": {"roles": ["write"]}}, {"read"}),
        (("https://f.example/scopes",), "", {"https://f.example/scopes": "read"}, {"read"}),
        (("https://f.example/a.scopes",), "", {"https://f.example/a": {"scopes": "read"}}, {"read"}),
        ((), "", {"scope": "read"}, set()),
    ],
)
def test_scopes_are_read_from_the_claims_of_the_settings(
    names: tuple[str, ...], prefix: str, claims: dict[str, Any], scopes: set[str]
) -> None:
    assert ScopeClaims(names, prefix).read(claims) == {Scope(name) for name in scopes}


def test_the_settings_name_claims_and_a_prefix(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FREEHOLD_JWT_SCOPE_CLAIMS", "permissions, realm_access.roles")
    monkeypatch.setenv("FREEHOLD_JWT_SCOPE_PREFIX", "freehold:")
    settings = load_settings()
    assert settings.jwt_scope_claims == ("permissions", "realm_access.roles")
    assert settings.jwt_scope_prefix == "freehold:"


async def test_a_token_without_scopes_may_what_the_public_may(sqlite_url: str, issuer: Issuer) -> None:
    jwt: dict[str, Any] = {"jwt_issuer": ISSUER, "jwt_audience": AUDIENCE, "jwt_jwks_url": issuer.url}
    token = issuer.sign(scope=None)
    async with running(sqlite_url, tokens=Secret(""), **jwt) as client:
        assert (await client.post("/graphql", json=READ, headers=bearing(token))).status_code == 200
        assert (await client.post("/graphql", json=WRITE, headers=bearing(token))).status_code == 403
    async with running(sqlite_url, tokens=Secret(""), public="read write personal", **jwt) as client:
        assert (await client.post("/graphql", json=WRITE, headers=bearing(token))).json().get("errors") is None
    async with running(sqlite_url, tokens=Secret(""), public="none", **jwt) as client:
        assert (await client.post("/graphql", json=READ, headers=bearing(token))).status_code == 403


async def test_a_nested_claim_with_a_prefix_gives_scopes_over_http(sqlite_url: str, issuer: Issuer) -> None:
    jwt: dict[str, Any] = {"jwt_issuer": ISSUER, "jwt_audience": AUDIENCE, "jwt_jwks_url": issuer.url}
    given: dict[str, Any] = {"jwt_scope_claims": ("realm_access.roles",), "jwt_scope_prefix": "freehold:"}
    token = issuer.sign(scope="write", realm_access={"roles": ["freehold:write", "freehold:personal"]})
    async with running(sqlite_url, tokens=Secret(""), **jwt, **given) as client:
        assert (await client.post("/graphql", json=WRITE, headers=bearing(token))).json().get("errors") is None


async def test_a_static_token_may_what_the_public_may(sqlite_url: str) -> None:
    async with running(sqlite_url, public="read personal") as client:
        assert await ask(client, WRITE, "scribe") == (200, None)


def bearing(token: str) -> dict[str, str]:
    """The headers that show this token."""
    return {"authorization": f"Bearer {token}"}
