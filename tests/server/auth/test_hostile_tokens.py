"""Hostile tokens: each is 401 and nothing else, and a token that can't be checked is 503 and costs nothing."""

import base64
import json
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from server.settings.secret import Secret
from tests.server.auth.issuer import AUDIENCE, ISSUER, Issuer, issuing
from tests.server.clients import bearer, running

POINT = {"query": "{ currency }"}


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with issuing() as issuer:
        yield issuer


def settings_of(issuer: Issuer) -> dict[str, Any]:
    return {"jwt_issuer": ISSUER, "jwt_audience": AUDIENCE, "jwt_jwks_url": issuer.url}


async def show(client: httpx.AsyncClient, token: str | bytes) -> httpx.Response:
    shown = token.encode() if isinstance(token, str) else token
    return await client.post("/graphql", json=POINT, headers=[(b"authorization", b"Bearer " + shown)])


def part(value: Any) -> str:
    text = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


BODY = part({"iss": ISSUER, "aud": AUDIENCE, "sub": "ada", "exp": 9_999_999_999})
OBJECTS = b'{"a":' * 9_000
GOOD = {"alg": "RS256", "kid": "first", "typ": "JWT"}


@pytest.mark.parametrize(
    "token",
    [
        f"{part({'alg': 'none'})}.{BODY}.",
        f"{part({'alg': 'None', 'kid': 'first'})}.{BODY}.",
        f"{part(GOOD | {'alg': 'HS256'})}.{BODY}.AAAA",
        f"{part(GOOD | {'alg': None})}.{BODY}.AAAA",
        f"{part(GOOD | {'alg': ['RS256']})}.{BODY}.AAAA",
        f"{part({'kid': 'first'})}.{BODY}.AAAA",
        f"{part(GOOD | {'kid': 7})}.{BODY}.AAAA",
        f"{part(GOOD | {'kid': {'a': 1}})}.{BODY}.AAAA",
        f"{part(GOOD | {'kid': '../../etc/passwd'})}.{BODY}.AAAA",
        f"{part(GOOD | {'kid': chr(0xD800)})}.{BODY}.AAAA",
        f"{part(GOOD | {'jku': 'https://evil.example/jwks', 'jwk': {'kty': 'oct', 'k': 'AAAA'}})}.{BODY}.AAAA",
        f"{part(GOOD | {'crit': ['exp']})}.{BODY}.AAAA",
        f"{part(GOOD | {'b64': False, 'crit': ['b64']})}.{BODY}.AAAA",
        f"{part(b'[' * 30_000)}.{BODY}.AAAA",
        f"{part(OBJECTS)}.{BODY}.AAAA",
        f"{part([])}.{BODY}.AAAA",
        f"{part(b'1' * 5_000)}.{BODY}.AAAA",
        f"{part(bytes([0xFF, 0xFE]))}.{BODY}.AAAA",
        f"{part(GOOD)}.{part(b'[' * 30_000)}.AAAA",
        f"{part(GOOD | {'x': 'x' * 40_000})}.{BODY}.AAAA",
        "." * 10_000,
        "..",
        ".." + "a" * 60_000,
        b"\xff.\xfe.\x80",
        "é.ü.ñ".encode(),
        "a.b.c, Bearer d",
    ],
    ids=lambda token: str(token[:40]),
)
async def test_a_hostile_token_is_refused_without_a_trace_of_it_in_the_log(
    sqlite_url: str, issuer: Issuer, token: str | bytes, caplog: pytest.LogCaptureFixture
) -> None:
    async with running(sqlite_url, **settings_of(issuer)) as client:
        refused = await show(client, token)
        assert refused.status_code == 401
        assert refused.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
        assert not [record for record in caplog.records if record.levelname in ("WARNING", "ERROR")]
        assert (await show(client, issuer.sign())).status_code == 200


@pytest.mark.parametrize(
    ("claims", "status"),
    [
        ({"exp": 9_999_999_999.5}, 200),
        ({"exp": 10**18}, 200),
        ({"exp": 10**400}, 200),
        ({"exp": float("inf")}, 401),
        ({"exp": float("nan")}, 401),
        ({"exp": "9999999999"}, 401),
        ({"exp": True}, 401),
        ({"exp": -1}, 401),
        ({"exp": -(10**400)}, 401),
        ({"exp": [9_999_999_999]}, 401),
        ({"exp": {}}, 401),
        ({"nbf": "1"}, 401),
        ({"nbf": float("inf")}, 401),
        ({"iat": "yesterday"}, 401),
        ({"aud": ["other", AUDIENCE]}, 200),
        ({"aud": ["other"]}, 401),
        ({"aud": []}, 401),
        ({"aud": {AUDIENCE: 1}}, 401),
        ({"aud": [AUDIENCE, 7]}, 401),
        ({"sub": 7}, 401),
        ({"sub": ""}, 401),
        ({"scope": "read read read"}, 200),
        ({"scope": {"deep": []}}, 200),
    ],
    ids=str,
)
async def test_odd_claims_are_taken_or_refused_as_the_standard_has_it(
    sqlite_url: str, issuer: Issuer, claims: dict[str, Any], status: int
) -> None:
    async with running(sqlite_url, **settings_of(issuer)) as client:
        assert (await show(client, issuer.sign(**claims))).status_code == status
        assert (await show(client, issuer.sign(**claims))).status_code == status


@pytest.mark.parametrize(
    ("claim", "seconds", "status"),
    [("exp", -15, 200), ("exp", -60, 401), ("nbf", 15, 200), ("nbf", 120, 401), ("iat", 15, 200), ("iat", 120, 401)],
)
async def test_times_hold_with_a_leeway_of_thirty_seconds(
    sqlite_url: str, issuer: Issuer, claim: str, seconds: int, status: int
) -> None:
    async with running(sqlite_url, **settings_of(issuer)) as client:
        assert (await show(client, issuer.sign(**{claim: int(time.time()) + seconds}))).status_code == status


async def test_two_authorization_headers_are_refused_in_either_order(sqlite_url: str) -> None:
    async with running(sqlite_url) as client:
        good, wrong = (b"authorization", b"Bearer root"), (b"authorization", b"Bearer wrong")
        for headers in ([good, wrong], [wrong, good], [good, good]):
            assert (await client.post("/graphql", json=POINT, headers=headers)).status_code == 401


async def test_while_the_issuer_is_down_good_tokens_are_503_and_cost_nothing(
    sqlite_url: str, issuer: Issuer, caplog: pytest.LogCaptureFixture
) -> None:
    issuer.down = True
    async with running(sqlite_url, tokens=Secret(""), rate_limit=250, **settings_of(issuer)) as client:
        for _ in range(6):
            response = await show(client, issuer.sign())
            assert response.status_code == 503
            assert response.json()["errors"][0]["extensions"]["code"] == "UNAVAILABLE"
            assert response.headers["retry-after"] == "1"
        answer = await client.post("/graphql", json=POINT)
        assert answer.status_code == 200
        assert answer.headers["ratelimit"].startswith('"address";r=2')
        assert [(await show(client, "a.b.c")).status_code for _ in range(3)] == [401, 401, 429]
    assert caplog.text.count("the issuer's keys can't be fetched") == 1


async def test_where_the_issuer_is_down_static_tokens_hold(sqlite_url: str, issuer: Issuer) -> None:
    issuer.down = True
    async with running(sqlite_url, **settings_of(issuer)) as client:
        assert (await client.post("/graphql", json=POINT, headers=bearer("reader"))).status_code == 200
