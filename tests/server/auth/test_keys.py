"""The issuer's keys: when they are fetched, what serves meanwhile, and which algorithm each is used with."""

import asyncio
import json
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from jwt.algorithms import get_default_algorithms

from server.auth.download import DownloadFailed, download
from server.auth.errors import KeysUnavailable, Unauthenticated
from server.auth.given_key import GivenKey
from server.auth.key_set import read_key_set
from server.auth.keys import GRACE, LIFESPAN, PAUSE, RETRY, FetchedKeys
from server.settings.settings import InvalidSettings, load_settings
from tests.server.auth.test_jwt import Seconds

RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def jwk(key: Any = RSA, **members: Any) -> dict[str, Any]:
    """The public key as a member of a set; what is None is left out."""
    names = {rsa.RSAPrivateKey: "RS256", ec.EllipticCurvePrivateKey: "ES256", ed25519.Ed25519PrivateKey: "EdDSA"}
    algorithm = get_default_algorithms()[next(name for kind, name in names.items() if isinstance(key, kind))]
    written = json.loads(algorithm.to_jwk(key.public_key()))
    given = written | {"key_ops": None} | {"kid": "a"} | members
    return {name: value for name, value in given.items() if value is not None}


def key_set(*keys: dict[str, Any]) -> bytes:
    return json.dumps({"keys": keys}).encode()


class Source:
    """What a fetch gives: a set, or a failure; it waits while it is `held`."""

    def __init__(self, body: bytes | Exception) -> None:
        self.body = body
        self.fetches = 0
        self.free = asyncio.Event()
        self.free.set()

    async def fetch(self, url: str) -> bytes:
        self.fetches += 1
        await self.free.wait()
        if isinstance(self.body, Exception):
            raise self.body
        return self.body


DOWN = DownloadFailed("the issuer is down")


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.mark.parametrize("body", [DOWN, b"", b"<html>", b"[]", b"{}", b'{"keys":[]}', b'{"keys":3}', b"[" * 100_000])
async def test_without_any_keys_nothing_is_said_of_a_token_however_often_one_asks(
    seconds: Seconds, body: bytes | Exception
) -> None:
    source = Source(body)
    keys = FetchedKeys("", clock=seconds, fetch=source.fetch)
    for _ in range(5):
        with pytest.raises(KeysUnavailable):
            await keys.find("a", "RS256")
    assert source.fetches == 1
    source.body = key_set(jwk())
    seconds.now += RETRY + 0.1
    assert await keys.find("a", "RS256")
    assert source.fetches == 2


async def test_an_unknown_key_is_not_refused_where_the_last_fetch_failed(seconds: Seconds) -> None:
    source = Source(key_set(jwk()))
    keys = FetchedKeys("", clock=seconds, fetch=source.fetch)
    await keys.find("a", "RS256")
    with pytest.raises(Unauthenticated):  # within the pause after a fetch that went well
        await keys.find("b", "RS256")
    source.body = DOWN
    seconds.now += PAUSE + 1
    for _ in range(3):
        with pytest.raises(KeysUnavailable):
            await keys.find("b", "RS256")
    assert await keys.find("a", "RS256")


async def test_stale_keys_serve_while_a_fetch_is_under_way(seconds: Seconds) -> None:
    source = Source(key_set(jwk()))
    keys = FetchedKeys("", clock=seconds, fetch=source.fetch)
    await keys.find("a", "RS256")
    seconds.now += LIFESPAN + 1
    source.free.clear()
    for _ in range(3):
        assert await asyncio.wait_for(keys.find("a", "RS256"), 5)
    await asyncio.sleep(0)
    assert source.fetches == 2
    source.body = key_set(jwk(kid="b"))
    waiting = asyncio.create_task(keys.find("b", "RS256"))
    await asyncio.sleep(0)
    source.free.set()
    assert await waiting
    assert source.fetches == 2
    with pytest.raises(Unauthenticated):
        await keys.find("a", "RS256")


async def test_the_last_keys_serve_for_a_day_while_the_issuer_is_down(seconds: Seconds) -> None:
    source = Source(key_set(jwk()))
    keys = FetchedKeys("", clock=seconds, fetch=source.fetch)
    await keys.find("a", "RS256")
    source.body = DOWN
    seconds.now += GRACE
    assert await keys.find("a", "RS256")
    seconds.now += LIFESPAN + 1
    with pytest.raises(KeysUnavailable):
        await keys.find("a", "RS256")


async def test_a_request_waits_for_a_fetch_no_longer_than_its_patience(
    seconds: Seconds, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.auth.keys.PATIENCE", 0.01)
    source = Source(key_set(jwk()))
    source.free.clear()
    keys = FetchedKeys("", clock=seconds, fetch=source.fetch)
    with pytest.raises(KeysUnavailable) as raised:
        await keys.find("a", "RS256")
    assert raised.value.reason == "the issuer does not answer in time"
    await keys.close()
    assert len(asyncio.all_tasks()) == 1


async def test_each_published_key_is_used_with_its_own_algorithm(seconds: Seconds) -> None:
    source = Source(key_set(jwk(alg="RS256"), jwk(OTHER_RSA, alg="PS512")))
    keys = FetchedKeys("", clock=seconds, fetch=source.fetch)
    for algorithm, private in (("RS256", RSA), ("PS512", OTHER_RSA)):
        text = jwt.encode({}, private, algorithm=algorithm)
        assert jwt.decode(text, await keys.find("a", algorithm), algorithms=[algorithm]) == {}
    for algorithm in ("RS512", "PS256", "ES256", "HS256", "none", ""):
        with pytest.raises(Unauthenticated):
            await keys.find("a", algorithm)
    assert source.fetches == 1


@pytest.mark.parametrize(
    ("key", "setting", "algorithm"),
    [
        (RSA, "", "RS256"),
        (RSA, "RS512", "RS512"),
        (RSA, "PS256", "PS256"),
        (RSA, "HS256", "RS256"),
        (ec.generate_private_key(ec.SECP256R1()), "RS512", "ES256"),
        (ed25519.Ed25519PrivateKey.generate(), "", "EdDSA"),
    ],
)
def test_a_published_key_without_an_algorithm_is_used_with_one(key: Any, setting: str, algorithm: str) -> None:
    keys = read_key_set(key_set(jwk(key, alg=None)), setting)
    found = [each for each in ("RS256", "RS384", "RS512", "PS256", "ES256", "EdDSA") if keys.find("a", each)]
    assert found == [algorithm]


@pytest.mark.parametrize(
    "member",
    [
        {"kty": "oct", "k": "c2VjcmV0" * 10, "kid": "a"},
        {"kty": "oct", "k": "c2VjcmV0" * 10, "kid": "a", "alg": "HS256"},
        jwk(use="enc"),
        jwk(key_ops=["encrypt"]),
        jwk(kid=7),
        jwk(alg="HS256"),
        jwk(alg="RSA-OAEP"),
        jwk(alg=["RS256"]),
        jwk(n=7),
        jwk(rsa.generate_private_key(public_exponent=65537, key_size=1024)),
        {"kty": "RSA"},
        {},
        "a",
    ],
    ids=str,
)
def test_a_published_key_that_is_of_no_use_is_passed_over(member: Any) -> None:
    with pytest.raises(ValueError, match="no key"):
        read_key_set(key_set(member))
    assert read_key_set(key_set(member, jwk(kid="b"))).find("b", "RS256")


def test_a_token_without_a_key_id_is_one_of_the_only_key_of_its_algorithm() -> None:
    assert read_key_set(key_set(jwk())).find(None, "RS256")
    assert read_key_set(key_set(jwk(kid=None))).find(None, "RS256")
    assert read_key_set(key_set(jwk(), jwk(kid="b"))).find(None, "RS256") is None
    assert read_key_set(key_set(jwk(kid=None))).find("a", "RS256") is None


def public_pem(key: Any) -> str:
    return str(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode())


@pytest.mark.parametrize(
    ("text", "setting", "algorithm"),
    [
        (public_pem(RSA), "", "RS256"),
        (public_pem(RSA), "PS384", "PS384"),
        (public_pem(ec.generate_private_key(ec.SECP384R1())), "", "ES384"),
        (public_pem(ed25519.Ed25519PrivateKey.generate()), "", "EdDSA"),
        ("s" * 32, "", "HS256"),
        ("s" * 64, "HS512", "HS512"),
    ],
)
async def test_a_given_key_is_used_with_one_algorithm(text: str, setting: str, algorithm: str) -> None:
    key = GivenKey(text, setting)
    assert await key.find("any", algorithm) == text
    for other in {"RS256", "RS512", "PS384", "ES256", "HS256", "HS512", "none"} - {algorithm}:
        with pytest.raises(Unauthenticated):
            await key.find("any", other)


@pytest.mark.parametrize(
    ("text", "setting", "complaint"),
    [
        ("s" * 32, "HS512", "HS256"),
        ("s" * 32, "RS256", "HS256"),
        (public_pem(RSA), "HS256", "RS256 or RS384"),
        (RSA.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(), "", "a public key in PEM"),
        (public_pem(RSA)[:100], "", "a public key in PEM"),
        (public_pem(rsa.generate_private_key(public_exponent=65537, key_size=1024)), "", "2048 bits"),
        (public_pem(ec.generate_private_key(ec.SECP256K1())), "", "P-256"),
    ],
)
def test_a_given_key_that_suits_no_algorithm_is_refused_at_the_start(
    monkeypatch: pytest.MonkeyPatch, text: str, setting: str, complaint: str
) -> None:
    given = {"JWT_ISSUER": "i", "JWT_AUDIENCE": "a", "JWT_KEY": text, "JWT_ALGORITHM": setting}
    for name, value in given.items():
        monkeypatch.setenv(f"FREEHOLD_{name}", value)
    with pytest.raises(InvalidSettings, match="FREEHOLD_JWT_KEY") as raised:
        load_settings()
    assert complaint in str(raised.value)
    assert text not in str(raised.value)


class Server:
    """An HTTP server that answers as `answer` says."""

    def __init__(self, answer: Callable[[BaseHTTPRequestHandler], None]) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                answer(self)

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self._thread = Thread(target=self._server.serve_forever, args=(0.01,))
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/"

    def __enter__(self) -> str:
        self._thread.start()
        return self.url

    def __exit__(self, *raised: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def redirect(request: BaseHTTPRequestHandler) -> None:
    request.send_response(302)
    request.send_header("location", "file:///etc/hostname" if request.path == "/file" else "/elsewhere")
    request.end_headers()


def flood(request: BaseHTTPRequestHandler) -> None:
    request.send_response(200)
    request.end_headers()
    for _ in range(40):
        request.wfile.write(b" " * 65_536)


def speak_nonsense(request: BaseHTTPRequestHandler) -> None:
    request.wfile.write(b"nonsense\r\n\r\n")


@pytest.mark.parametrize(("answer", "reason"), [(redirect, "302"), (flood, "bytes"), (speak_nonsense, "BadStatusLine")])
async def test_what_is_no_document_is_not_downloaded(
    answer: Callable[[BaseHTTPRequestHandler], None], reason: str
) -> None:
    with Server(answer) as url, pytest.raises(DownloadFailed, match=reason):
        await download(url)


async def test_a_download_that_drips_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    stop = Event()

    def drip(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.end_headers()
        while not stop.wait(0.01):
            request.wfile.write(b" ")

    monkeypatch.setattr("server.auth.download._LONGEST", 0.2)
    with Server(drip) as url:
        try:
            with pytest.raises(DownloadFailed, match=r"longer than 0.2 s"):
                await download(url)
        finally:
            stop.set()


async def test_a_download_where_nobody_listens_fails() -> None:
    with pytest.raises(DownloadFailed, match="refused"):
        await download("http://127.0.0.1:9/jwks")
