"""Scopes by the claims of a JSON Web Token."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from schema.viewer import Scope


class ScopeClaims:
    """Reads scopes from the claims of these names, together; `prefix` stands before each that is meant for Freehold.

    A name with dots leads into objects, `realm_access.roles`, unless a claim is called so as a whole. A claim is a text
    parted by U+0020 alone (RFC 8693) or a list of texts. Commas part nothing: a scope may have one (RFC 6749).
    """

    def __init__(self, names: Sequence[str], prefix: str = "") -> None:
        self._names = tuple(names)
        self._prefix = prefix

    def read(self, claims: Mapping[str, Any]) -> frozenset[Scope]:
        """The scopes that there are among those named; others are passed over."""
        given = {word for name in self._names for value in _find(claims, name) for word in _words(value)}
        return frozenset(scope for scope in Scope if self._prefix + scope in given)


def _find(claims: Mapping[str, Any], path: str) -> Iterator[Any]:
    if path in claims:
        yield claims[path]
        return
    for place, character in enumerate(path):
        inner = claims.get(path[:place]) if character == "." else None
        if isinstance(inner, dict):
            yield from _find(inner, path[place + 1 :])


def _words(value: Any) -> list[str]:
    if isinstance(value, str):
        return value.split(" ")
    return [word for word in value if isinstance(word, str)] if isinstance(value, list) else []
