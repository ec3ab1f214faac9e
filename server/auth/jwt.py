"""JSON Web Tokens of one issuer, for one audience. Rules: RFC 7519, and RFC 8725 for what to be wary of."""

import time
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import jwt

from executor import LRU
from schema.viewer import Scope, Viewer
from server.auth.errors import Unauthenticated
from server.auth.keys import Keys
from server.auth.scopes import ScopeClaims
from server.auth.tokens import digest_of

LEEWAY = 30
"""Seconds that the issuer's clock may differ from ours."""
KNOWN = 300.0
"""Seconds after which a token is verified again: its key may have been taken back."""
_MOST_KNOWN = 10_000
_LONGEST_NAME = 200
_TIMES = ("exp", "nbf", "iat")
_OPTIONS: Any = {"require": ["exp", "iss", "aud", "sub"], "enforce_minimum_key_length": True}
_BROKEN = (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError)
"""What PyJWT raises for tokens, of which the last is for JSON of thousands of levels."""


class JwtVerifier:
    """Tells a viewer by a token's `sub` and scopes, who may at least what the `public` may.

    A token that was verified is known until it expires, for KNOWN at most.
    """

    def __init__(
        self,
        keys: Keys,
        *,
        issuer: str,
        audience: str,
        scopes: ScopeClaims,
        public: frozenset[Scope] = frozenset(),
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._keys = keys
        self._issuer = issuer
        self._audience = audience
        self._scopes = scopes
        self._public = public
        self._clock = clock
        self._known = LRU[bytes, tuple[Viewer, float]](_MOST_KNOWN)

    async def verify(self, text: str) -> Viewer:
        """Raises Unauthenticated for a token that does not hold, KeysUnavailable where that can't be said."""
        digest = digest_of(text)
        known = self._known.get(digest)
        if known is not None and known[1] > self._clock():
            return known[0]
        claims = await self._claims(text)
        subject: str = claims["sub"]
        scopes = self._public | self._scopes.read(claims)
        viewer = Viewer(_shown(subject), scopes, caller=_caller(self._issuer, subject))
        self._known.put(digest, (viewer, min(claims["exp"], self._clock() + KNOWN)))
        return viewer

    async def close(self) -> None:
        """Fetch no more keys."""
        await self._keys.close()

    async def _claims(self, text: str) -> dict[str, Any]:
        try:
            header = jwt.get_unverified_header(text)
            key_id, algorithm = header.get("kid"), header["alg"]
            if not isinstance(algorithm, str):
                raise Unauthenticated("the token does not hold")
            key = await self._keys.find(key_id, algorithm)
            claims = jwt.decode(
                text,
                key,
                algorithms=[algorithm],
                issuer=self._issuer,
                audience=self._audience,
                leeway=LEEWAY,
                options=_OPTIONS,
            )
        except jwt.ExpiredSignatureError as exc:
            raise Unauthenticated("the token has expired") from exc
        except (*_BROKEN, KeyError) as exc:
            raise Unauthenticated("the token does not hold") from exc
        if not claims["sub"]:  # PyJWT wants it to be there
            raise Unauthenticated("the token does not hold")
        if not all(type(claims.get(name, 0)) in (int, float) for name in _TIMES):  # PyJWT takes digits in a text
            raise Unauthenticated("the token does not hold")
        return claims


def _shown(subject: str) -> str:
    """The subject as it can stand in a message: JSON can hold halves of characters, which no response can."""
    return subject[:_LONGEST_NAME].encode(errors="replace").decode()


def _caller(issuer: str, subject: str) -> str:
    """A name for this subject of this issuer, which tells neither: subjects may be e-mail addresses."""
    named = f"{len(issuer)}:{issuer}{subject}".encode(errors="surrogatepass")
    return f"jwt:{sha256(named).hexdigest()}"
