"""Errors that reach a client: a code it can act on, and the argument it can mend."""

from enum import StrEnum

from graphql import GraphQLError


class ErrorCode(StrEnum):
    """`extensions.code` of an error; docs/reference/errors.md says what a client can do about each."""

    BAD_USER_INPUT = "BAD_USER_INPUT"
    GRAPHQL_PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
    GRAPHQL_VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
    DOCUMENT_TOO_LARGE = "DOCUMENT_TOO_LARGE"
    COST_EXCEEDED = "COST_EXCEEDED"
    RATE_LIMITED = "RATE_LIMITED"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    FORBIDDEN = "FORBIDDEN"
    PERSISTED_QUERY_NOT_FOUND = "PERSISTED_QUERY_NOT_FOUND"
    PERSISTED_QUERY_NOT_SUPPORTED = "PERSISTED_QUERY_NOT_SUPPORTED"
    DOCUMENT_NOT_TRUSTED = "DOCUMENT_NOT_TRUSTED"
    METHOD_NOT_ALLOWED = "METHOD_NOT_ALLOWED"
    DEADLINE_EXCEEDED = "DEADLINE_EXCEEDED"
    UNAVAILABLE = "UNAVAILABLE"
    OVERLOADED = "OVERLOADED"
    INTERNAL = "INTERNAL"


class BadInput(GraphQLError):
    """An argument that can't be; the client can mend it."""

    def __init__(self, argument: str, message: str) -> None:
        extensions = {"code": ErrorCode.BAD_USER_INPUT.value, "argument": argument}
        super().__init__(f"{argument}: {message}", extensions=extensions)


class Forbidden(GraphQLError):
    """The viewer is known and may not; another token could."""

    def __init__(self, message: str, scope: str) -> None:
        super().__init__(message, extensions={"code": ErrorCode.FORBIDDEN.value, "scope": str(scope)})
