"""Who asks, and what they may."""

from enum import StrEnum

import msgspec


class Scope(StrEnum):
    """What a viewer may be allowed; docs/reference/access.md describes each."""

    READ = "read"
    WRITE = "write"
    PERSONAL = "personal"
    TRACE = "trace"
    UNPUBLISHED = "unpublished"

    __hash__ = str.__hash__  # an enum's own is written in Python


class Viewer(msgspec.Struct, frozen=True):
    """A caller's name, as messages show it, and scopes. `is_public` if no token said who it is.

    `caller` tells callers of one name apart: a static token from the subject of a JSON Web Token. It has at most 100
    characters. `advice` ends the error that tells the public which scope it lacks.
    """

    name: str
    scopes: frozenset[Scope]
    is_public: bool = False
    caller: str = ""
    advice: str = "show a token that has it"

    def may(self, scope: Scope) -> bool:
        """Whether the scope is among the viewer's."""
        return scope in self.scopes

    @property
    def sees_unpublished(self) -> bool:
        """Whether listings exist for this viewer that are not published: for whoever may write them, too."""
        return Scope.UNPUBLISHED in self.scopes or Scope.WRITE in self.scopes


NOBODY = Viewer("nobody", frozenset(), is_public=True)
EVERYTHING = frozenset(Scope)
