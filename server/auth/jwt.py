"""JSON Web Tokens of one issuer, for one audience. Rules: RFC 7519, and RFC 8725 for what to be wary of."""

import time
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import jwt

from schema.viewer import Scope, Viewer
from server.auth.errors import Unauthenticated
from server.auth.keys import Keys
from server.auth.tokens import digest_of
from server.recent import Recent

LEEWAY = 30
"""Seconds that the issuer's clock may differ from ours."""
_MOST_KNOWN = 10_000
_LONGEST_NAME = 200


class JwtVerifier:
    """Tells a viewer by a token's `sub` and `scope`; a token that was verified is known until it expires."""

    def __init__(self, keys: Keys, *, issuer: str, audience: str, clock: Callable[[], float] = time.time) -> None:
        self._keys = keys
        self._issuer = issuer
        self._audience = audience
        self._clock = clock
        self._known = Recent[bytes, tuple[Viewer, float]](_MOST_KNOWN)

    async def verify(self, text: str) -> Viewer:
        """Raises Unauthenticated for a token that does not hold, KeysUnavailable where that can't be said."""
        digest = digest_of(text)
        known = self._known.get(digest)
        if known is not None and known[1] > self._clock():
            return known[0]
        claims = await self._claims(text)
        subject: str = claims["sub"]
        viewer = Viewer(_shown(subject), _scopes(claims), caller=_caller(self._issuer, subject))
        self._known.put(digest, (viewer, float(claims["exp"])))
        return viewer

    async def _claims(self, text: str) -> dict[str, Any]:
        try:
            key = await self._keys.find(jwt.get_unverified_header(text).get("kid"))
            return jwt.decode(
                text,
                key,
                algorithms=self._keys.algorithms,
                issuer=self._issuer,
                audience=self._audience,
                leeway=LEEWAY,
                options={"require": ["exp", "iss", "aud", "sub"]},
            )
        except jwt.ExpiredSignatureError as exc:
            raise Unauthenticated("the token has expired") from exc
        except (jwt.PyJWTError, ValueError, TypeError) as exc:
            raise Unauthenticated("the token does not hold") from exc


def _shown(subject: str) -> str:
    """The subject as it can stand in a message: JSON can hold halves of characters, which no response can."""
    return subject[:_LONGEST_NAME].encode(errors="replace").decode()


def _caller(issuer: str, subject: str) -> str:
    """A name for this subject of this issuer, which tells neither: subjects may be e-mail addresses."""
    named = f"{len(issuer)}:{issuer}{subject}".encode(errors="surrogatepass")
    return f"jwt:{sha256(named).hexdigest()}"


def _scopes(claims: dict[str, Any]) -> frozenset[Scope]:
    """`scope` as RFC 8693 has it (parted by blanks), or a list; or `scp`. Scopes of other services are passed over."""
    given = claims.get("scope", claims.get("scp", ""))
    names = given.split() if isinstance(given, str) else given if isinstance(given, list) else []
    return frozenset(scope for scope in Scope if scope in names)
