"""Bearer tokens and scopes as the settings write them. A token's hash is kept, never the token."""

import re
from collections.abc import Iterable

import msgspec

from schema.viewer import Scope, Viewer

_ENTRY = re.compile(r"(?P<name>[\w.-]{1,64}):(?P<scopes>[a-z+]+):(?P<digest>[0-9a-f]{64})")
_SHAPE = "name:scope+scope:SHA-256 in hex, as `freehold token` prints it"


class Token(msgspec.Struct, frozen=True):
    """One caller's token. A token has 256 random bits, so that one round of SHA-256 keeps it."""

    viewer: Viewer
    digest: bytes


def parse_tokens(text: str) -> tuple[Token, ...]:
    """Tokens parted by commas or blanks. Raises ValueError, which tells the entry's place and never its text."""
    tokens: list[Token] = []
    for place, entry in enumerate(re.split(r"[\s,]+", text.strip()) if text.strip() else [], start=1):
        found = _ENTRY.fullmatch(entry)
        if found is None:
            raise ValueError(f"entry {place} is not {_SHAPE}")
        try:
            scopes = parse_scopes(found["scopes"].split("+"))
        except ValueError:
            raise ValueError(f"entry {place} names a scope that there is not; scopes are {', '.join(Scope)}") from None
        viewer = Viewer(found["name"], scopes, caller=f"token:{found['name']}")
        tokens.append(Token(viewer, bytes.fromhex(found["digest"])))
    if len({token.viewer.name for token in tokens}) < len(tokens):
        raise ValueError("two tokens have one name")
    return tuple(tokens)


def parse_scopes(names: Iterable[str]) -> frozenset[Scope]:
    """The scopes of these names. Raises ValueError for one that there is not."""
    names = frozenset(names)
    for name in sorted(names.difference(Scope)):
        raise ValueError(f"there is no scope {name}; scopes are {', '.join(Scope)}")
    return frozenset(Scope(name) for name in names)
