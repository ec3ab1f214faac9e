"""Static bearer tokens: kept as hashes, each with a name and scopes."""

import hashlib
import hmac
import secrets
from collections.abc import Iterable

import msgspec

from schema.viewer import Scope, Viewer
from server.settings.tokens import Token

PREFIX = "freehold_"


class StaticTokens:
    """The tokens of the settings."""

    def __init__(self, tokens: Iterable[Token]) -> None:
        self._tokens = tuple(tokens)

    def __bool__(self) -> bool:
        return bool(self._tokens)

    def granting(self, scopes: frozenset[Scope]) -> "StaticTokens":
        """The same tokens, each with these scopes besides its own."""
        return StaticTokens(
            Token(msgspec.structs.replace(token.viewer, scopes=token.viewer.scopes | scopes), token.digest)
            for token in self._tokens
        )

    def find(self, text: str) -> Viewer | None:
        """Whose token this is, or None. Takes the same time wherever, and whether, it is found."""
        digest = digest_of(text)
        found = None
        for token in self._tokens:
            if hmac.compare_digest(token.digest, digest):
                found = token.viewer
        return found


def digest_of(text: str) -> bytes:
    """What is kept of a token."""
    return hashlib.sha256(text.encode()).digest()


def new_token() -> str:
    """A token that nobody has."""
    return PREFIX + secrets.token_urlsafe(32)
