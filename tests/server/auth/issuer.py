"""An issuer of JSON Web Tokens: a real HTTP server with its key set."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from jwt.algorithms import RSAAlgorithm

ISSUER = "https://issuer.test/"
AUDIENCE = "freehold"


class Issuer:
    """Signs with the key `key_id`; publishes `keys` at `url`, unless it is `down`, and once it is `free` to."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.keys: dict[str, RSAPrivateKey] = {}
        self.requests = 0
        self.down = False
        self.free = threading.Event()
        self.free.set()
        self.rotate("first")

    def rotate(self, key_id: str) -> None:
        """Publish this key alone, and sign with it."""
        self.key_id = key_id
        self.keys = {key_id: rsa.generate_private_key(public_exponent=65537, key_size=2048)}

    def sign(self, **claims: Any) -> str:
        """A token that holds for an hour, but for what the claims say."""
        given = {"iss": ISSUER, "aud": AUDIENCE, "sub": "ada", "exp": int(time.time()) + 3600, "scope": "read"} | claims
        given = {name: value for name, value in given.items() if value is not None}
        return jwt.encode(given, self.keys[self.key_id], algorithm="RS256", headers={"kid": self.key_id})

    def key_set(self) -> bytes:
        """The JWKS."""
        keys = [
            json.loads(RSAAlgorithm.to_jwk(key.public_key())) | {"kid": key_id, "alg": "RS256", "use": "sig"}
            for key_id, key in self.keys.items()
        ]
        return json.dumps({"keys": keys}).encode()


@contextmanager
def issuing() -> Iterator[Issuer]:
    """An issuer on a free port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            issuer.requests += 1
            issuer.free.wait()
            self.send_response(503 if issuer.down else 200)
            self.end_headers()
            self.wfile.write(b"" if issuer.down else issuer.key_set())

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    issuer = Issuer(f"http://127.0.0.1:{server.server_address[1]}/jwks.json")
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield issuer
    finally:
        issuer.free.set()
        server.shutdown()
        thread.join()
        server.server_close()
