"""The keys that an issuer signs with: one given in the settings, or a set (JWKS) fetched from the issuer."""

import asyncio
import time
from collections.abc import Callable
from typing import Any, Protocol

from jwt import PyJWK, PyJWKClient, PyJWTError
from jwt.exceptions import PyJWKClientConnectionError

from server.auth.errors import KeysUnavailable, Unauthenticated

LIFESPAN = 300.0
"""Seconds after which a key set is fetched again."""
PAUSE = 10.0
"""Seconds between two fetches at least, however many unknown keys are named."""
_TIMEOUT = 5.0
_ASYMMETRIC = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
_SYMMETRIC = ["HS256", "HS384", "HS512"]
LEAST_SECRET = 32
"""Bytes of a shared secret at least: those of its hash, as RFC 7518 asks."""


class Keys(Protocol):
    """Where a token's key is found, and which algorithms may be meant: never those of the token's own choice."""

    algorithms: list[str]

    async def find(self, key_id: str | None) -> Any:
        """The key of this id. Raises Unauthenticated if there is none, or KeysUnavailable."""


class GivenKey:
    """One key, whatever id is asked for: a public key in PEM, or else a shared secret of at least 32 bytes."""

    def __init__(self, text: str) -> None:
        self._key = text
        self.algorithms = _ASYMMETRIC if text.lstrip().startswith("-----BEGIN") else _SYMMETRIC
        if self.algorithms is _SYMMETRIC and len(text.encode()) < LEAST_SECRET:
            raise ValueError(f"expected a public key in PEM, or a secret of at least {LEAST_SECRET} bytes")

    async def find(self, key_id: str | None) -> str:
        """The key."""
        return self._key


class FetchedKeys:
    """The set at an address, kept for LIFESPAN. While it can't be fetched, the last one serves on."""

    algorithms = _ASYMMETRIC

    def __init__(self, url: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._client = PyJWKClient(url, cache_jwk_set=False, cache_keys=False, timeout=_TIMEOUT)
        self._clock = clock
        self._keys: dict[str | None, PyJWK] = {}
        self._fetched = self._tried = float("-inf")
        self._lock = asyncio.Lock()

    async def find(self, key_id: str | None) -> PyJWK:
        """A set that lacks the id is fetched once more: the issuer may have changed its keys."""
        stale = self._clock() - self._fetched > LIFESPAN
        if stale or key_id not in self._keys:
            async with self._lock:
                if self._clock() - self._tried > PAUSE:
                    await self._fetch()
        if key_id not in self._keys:
            raise Unauthenticated("the token is signed by a key that the issuer does not publish")
        return self._keys[key_id]

    async def _fetch(self) -> None:
        self._tried = self._clock()
        try:
            keys = await asyncio.to_thread(self._client.get_signing_keys)
        except (PyJWKClientConnectionError, PyJWTError, ValueError) as exc:
            if self._keys:
                return
            raise KeysUnavailable(str(exc)) from exc
        self._keys = {key.key_id: key for key in keys}
        if len(keys) == 1:
            self._keys.setdefault(None, keys[0])
        self._fetched = self._clock()
