"""Errors that reach a client: a code it can act on, and the argument it can mend."""

from enum import StrEnum

from graphql import GraphQLError


class ErrorCode(StrEnum):
    """`extensions.code` of an error."""

    BAD_USER_INPUT = "BAD_USER_INPUT"
    DEADLINE_EXCEEDED = "DEADLINE_EXCEEDED"
    UNAVAILABLE = "UNAVAILABLE"
    OVERLOADED = "OVERLOADED"
    INTERNAL = "INTERNAL"


class BadInput(GraphQLError):
    """An argument that can't be; the client can mend it."""

    def __init__(self, argument: str, message: str) -> None:
        extensions = {"code": ErrorCode.BAD_USER_INPUT.value, "argument": argument}
        super().__init__(f"{argument}: {message}", extensions=extensions)
