"""The limits of a document, and the error of one that is beyond them."""

import msgspec
from graphql import GraphQLError

from schema.errors import ErrorCode
from server.settings.security import SecuritySettings

MAX_VALUE_DEPTH = 16
"""Lists and objects within each other, in arguments and variables."""


class DocumentLimits(msgspec.Struct, frozen=True):
    """docs/reference/limits.md says what each counts; its setting is `FREEHOLD_MAX_` and its name."""

    length: int
    tokens: int
    name: int
    operations: int
    root_fields: int
    fields: int
    repeats: int
    depth: int
    introspection_depth: int
    aliases: int
    directives: int
    values: int
    cost: int

    @classmethod
    def of(cls, settings: SecuritySettings) -> "DocumentLimits":
        """The settings' limits."""
        return cls(**{name: getattr(settings, f"max_{name}") for name in cls.__struct_fields__})


class TooLarge(GraphQLError):
    """The document, or its variables, are beyond a limit."""

    def __init__(self, what: str, found: int | None, limit: int) -> None:
        extensions = {"code": ErrorCode.DOCUMENT_TOO_LARGE.value, "what": what, "limit": limit}
        more = f"more than {limit}" if found is None or found >= COUNTED else f"{found}, more than the {limit}"
        super().__init__(f"Too many {what}: {more} allowed.", extensions=extensions)


COUNTED = 1_000_000
"""Counts stop here: fragments in fragments add up to numbers that nobody needs."""
