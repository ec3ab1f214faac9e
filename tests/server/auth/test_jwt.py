"""JSON Web Tokens: which hold, and what becomes of the issuer's keys."""

import hmac
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.utils import base64url_encode

from schema.viewer import Scope
from server.auth.errors import KeysUnavailable, Unauthenticated
from server.auth.given_key import GivenKey
from server.auth.jwt import JwtVerifier
from server.auth.keys import LIFESPAN, PAUSE, FetchedKeys, Keys
from server.auth.scopes import ScopeClaims
from server.settings.settings import InvalidSettings, load_settings
from tests.server.auth.issuer import AUDIENCE, ISSUER, Issuer, issuing

SECRET = "a secret of thirty-two bytes and more"


class Seconds:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with issuing() as issuer:
        yield issuer


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


def verifier_of(keys: Keys, *, clock: Callable[[], float] = time.time, **given: Any) -> JwtVerifier:
    scopes = given.get("scopes", ScopeClaims(("scope", "scp")))
    public = given.get("public", frozenset())
    return JwtVerifier(keys, issuer=ISSUER, audience=AUDIENCE, scopes=scopes, public=public, clock=clock)


@pytest.fixture
def verifier(issuer: Issuer, seconds: Seconds) -> JwtVerifier:
    return verifier_of(FetchedKeys(issuer.url, clock=seconds))


async def test_a_token_of_the_issuer_says_who_and_with_which_scopes(verifier: JwtVerifier, issuer: Issuer) -> None:
    text = issuer.sign(sub="ada", scope="openid read personal admin")
    viewer = await verifier.verify(text)
    assert (viewer.name, viewer.scopes) == ("ada", frozenset({Scope.READ, Scope.PERSONAL}))
    assert (await verifier.verify(issuer.sign(scope=None, scp=["write"]))).scopes == {Scope.WRITE}
    assert (await verifier.verify(issuer.sign(scope=None))).scopes == frozenset()
    assert issuer.requests == 1


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://other.test/"},
        {"aud": "another"},
        {"exp": 1},
        {"nbf": int(time.time()) + 3600},
        {"exp": None},
        {"iss": None},
        {"aud": None},
        {"sub": None},
        {"exp": "soon"},
        {"sub": ""},
    ],
    ids=str,
)
async def test_a_token_for_others_or_of_another_time_does_not_hold(
    verifier: JwtVerifier, issuer: Issuer, claims: dict[str, Any]
) -> None:
    with pytest.raises(Unauthenticated):
        await verifier.verify(issuer.sign(**claims))


async def test_a_token_that_chooses_its_own_algorithm_does_not_hold(verifier: JwtVerifier, issuer: Issuer) -> None:
    claims = jwt.decode(issuer.sign(), options={"verify_signature": False})
    unsigned = jwt.encode(claims, "", algorithm="none", headers={"kid": issuer.key_id})
    public = issuer.keys[issuer.key_id].public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    head = base64url_encode(json.dumps({"alg": "HS256", "typ": "JWT", "kid": issuer.key_id}).encode())
    signed = head + b"." + unsigned.split(".")[1].encode()
    forged = signed + b"." + base64url_encode(hmac.digest(public, signed, "sha256"))
    for text in (unsigned, forged.decode()):
        with pytest.raises(Unauthenticated):
            await verifier.verify(text)


async def test_what_is_no_token_or_is_changed_does_not_hold(verifier: JwtVerifier, issuer: Issuer) -> None:
    head, body, signature = issuer.sign().split(".")
    for text in ("a.b.c", "..", f"{head}.{body}.", f"{head}.{body}x.{signature}", f"{head}.e30.{signature}"):
        with pytest.raises(Unauthenticated):
            await verifier.verify(text)


async def test_a_known_token_expires_too(issuer: Issuer) -> None:
    now = time.time()
    verifier = verifier_of(FetchedKeys(issuer.url), clock=lambda: now)
    text = issuer.sign(exp=int(time.time()) - 10)  # within the leeway
    assert (await verifier.verify(text)).name == "ada"
    later = issuer.sign(exp=int(time.time()) + 3600)
    await verifier.verify(later)
    issuer.rotate("second")  # the known token is not verified again
    assert (await verifier.verify(later)).name == "ada"


async def test_changed_keys_are_fetched_once_and_unknown_ones_not_over_and_over(
    verifier: JwtVerifier, issuer: Issuer, seconds: Seconds
) -> None:
    await verifier.verify(issuer.sign())
    issuer.rotate("second")
    seconds.now += PAUSE + 1
    await verifier.verify(issuer.sign())
    assert issuer.requests == 2
    for number in range(20):
        issuer.rotate(f"unpublished {number}")
        with pytest.raises(Unauthenticated):
            await verifier.verify(issuer.sign())
    assert issuer.requests == 2


async def test_while_the_issuer_is_down_its_last_keys_serve_and_without_any_nothing_is_said(
    verifier: JwtVerifier, issuer: Issuer, seconds: Seconds
) -> None:
    issuer.down = True
    with pytest.raises(KeysUnavailable):
        await verifier.verify(issuer.sign())
    issuer.down = False
    seconds.now += PAUSE + 1
    await verifier.verify(issuer.sign(sub="a"))
    issuer.down = True
    seconds.now += LIFESPAN + 1
    assert (await verifier.verify(issuer.sign(sub="b"))).name == "b"


async def test_a_given_key_serves_in_place_of_a_set(issuer: Issuer) -> None:
    public = issuer.keys[issuer.key_id].public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    verifier = verifier_of(GivenKey(public.decode()))
    assert (await verifier.verify(issuer.sign())).name == "ada"
    shared = verifier_of(GivenKey(SECRET))
    claims = jwt.decode(issuer.sign(), options={"verify_signature": False})
    assert (await shared.verify(jwt.encode(claims, SECRET, algorithm="HS256"))).name == "ada"
    with pytest.raises(Unauthenticated):
        await shared.verify(issuer.sign())


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"JWT_ISSUER": ISSUER}, "are set together"),
        ({"JWT_ISSUER": ISSUER, "JWT_AUDIENCE": "a"}, "are set together"),
        ({"JWT_KEY": "hunter2"}, "a secret of at least 32 bytes"),
        ({"JWT_JWKS_URL": "http://issuer.test/keys"}, "expected https://"),
        ({"JWT_JWKS_URL": "http://localhost.test/keys"}, "expected https://"),
        ({"JWT_JWKS_URL": "file:///keys"}, "expected https://"),
    ],
)
def test_settings_that_can_not_be_are_refused(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], complaint: str
) -> None:
    for name, value in given.items():
        monkeypatch.setenv(f"FREEHOLD_{name}", value)
    with pytest.raises(InvalidSettings, match=complaint) as raised:
        load_settings()
    assert "hunter2" not in str(raised.value)
