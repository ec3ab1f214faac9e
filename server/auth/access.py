"""Who a request comes from, and what those may who don't say."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from schema.viewer import EVERYTHING, Scope, Viewer
from server.auth.errors import Unauthenticated
from server.auth.tokens import StaticTokens
from server.settings.environment import source_of
from server.settings.loopback import is_loopback
from server.settings.security import SecuritySettings
from server.settings.tokens import parse_scopes, parse_tokens

if TYPE_CHECKING:
    from server.auth.jwt import JwtVerifier

_EXPOSED = """\
{variable} is {host}, which others can reach, and nothing says who may ask. Choose one:
  FREEHOLD_PUBLIC=read     anyone may read (but for personal data), nobody may write
  FREEHOLD_TOKENS=...      callers with a token may do what its scopes say; `freehold token` makes one
  FREEHOLD_JWT_ISSUER=...  callers show a JSON Web Token of your issuer; see docs/reference/access.md
  FREEHOLD_HOST=127.0.0.1  only this machine may ask, and only read"""

_OPEN = (
    "{variable} is {host}, which others can reach, and FREEHOLD_DEMONSTRATION lets everybody do everything: set"
    " FREEHOLD_HOST=127.0.0.1, or FREEHOLD_PUBLIC or FREEHOLD_TOKENS in its place."
)

_BESIDE = """\
{setting} is for a server that others reach, and nothing says who may ask. Set FREEHOLD_PUBLIC (for instance to
`read`), FREEHOLD_TOKENS or FREEHOLD_JWT_ISSUER as well; see docs/reference/access.md."""

_ADVICE = (
    "nothing says who has it. Set FREEHOLD_TOKENS (`freehold token` makes a token), or FREEHOLD_DEMONSTRATION=on for"
    " generated data on this machine alone"
)


class Exposed(Exception):
    """Others could reach the server, and no setting says who may ask."""


class Access:
    """Viewers by their `Authorization` header. Each may at least what the public may."""

    def __init__(self, tokens: StaticTokens, jwt: "JwtVerifier | None", public: Viewer) -> None:
        self._tokens = tokens.granting(public.scopes)
        self._jwt = jwt
        self.public = public

    async def viewer(self, authorization: Sequence[str]) -> Viewer:
        """The viewer by the values of `Authorization`: the token's, or the public where there is none.

        Raises Unauthenticated for an invalid token, which is never the public's, or KeysUnavailable.
        """
        if not authorization:
            return self.public
        if len(authorization) > 1:
            raise Unauthenticated("the request has two `Authorization` headers")
        scheme, _, token = authorization[0].partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer" or not token:
            raise Unauthenticated("the header must be `Authorization: Bearer <token>`")
        found = self._tokens.find(token)
        if found is not None:
            return found
        if self._jwt is None or token.count(".") != 2:
            raise Unauthenticated("the token is not known")
        return await self._jwt.verify(token)

    async def aclose(self) -> None:
        """Fetch no more keys."""
        if self._jwt is not None:
            await self._jwt.close()


def build_access(settings: SecuritySettings, host: str) -> Access:
    """Raises Exposed where others are to reach the server and nothing says who may ask."""
    if settings.is_undecided:
        _check_reach(settings, host)
    public = _build_public(settings)
    tokens = StaticTokens(parse_tokens(settings.tokens.text))
    return Access(tokens, _build_jwt(settings, public.scopes), public)


def _check_reach(settings: SecuritySettings, host: str) -> None:
    if not is_loopback(host):
        text = _OPEN if settings.demonstration else _EXPOSED
        raise Exposed(text.format(variable=source_of("host"), host=host))
    if settings.trusted_proxies.strip():
        raise Exposed(_BESIDE.format(setting="FREEHOLD_TRUSTED_PROXIES"))
    if "*" in settings.cors_origins:
        raise Exposed(_BESIDE.format(setting="FREEHOLD_CORS_ORIGINS=*"))


def _build_public(settings: SecuritySettings) -> Viewer:
    """Whoever shows no token."""
    if settings.is_undecided:
        scopes = EVERYTHING if settings.demonstration else frozenset({Scope.READ})
        return Viewer("public", scopes, is_public=True, advice=_ADVICE)
    public = "read" if settings.public is None else settings.public
    scopes = frozenset() if public == "none" else parse_scopes(public.split())
    return Viewer("public", scopes, is_public=True)


def _build_jwt(settings: SecuritySettings, public: frozenset[Scope]) -> "JwtVerifier | None":
    if not settings.jwt_issuer:
        return None
    # Imported here: cryptography is a tenth of a second of a start, and few servers need it.
    from server.auth.given_key import GivenKey
    from server.auth.jwt import JwtVerifier
    from server.auth.keys import FetchedKeys, Keys
    from server.auth.scopes import ScopeClaims

    key, algorithm = settings.jwt_key.text, settings.jwt_algorithm
    keys: Keys = GivenKey(key, algorithm) if key else FetchedKeys(settings.jwt_jwks_url, algorithm)
    return JwtVerifier(
        keys,
        issuer=settings.jwt_issuer,
        audience=settings.jwt_audience,
        scopes=ScopeClaims(settings.jwt_scope_claims, settings.jwt_scope_prefix),
        public=public,
    )
