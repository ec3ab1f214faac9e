"""Errors as a client sees them: what it can mend as it is, what it can't under a request id, with the rest logged."""

import logging
from typing import Any

from graphql import GraphQLError

from schema.errors import ErrorCode
from server.request_id import request_id
from storage.errors import DeadlineExceeded, InvalidValue, Unavailable

logger = logging.getLogger("freehold")

_PUBLIC: dict[type[Exception], tuple[ErrorCode, str]] = {
    DeadlineExceeded: (ErrorCode.DEADLINE_EXCEEDED, "The database took too long; ask for less, or try again later."),
    Unavailable: (ErrorCode.UNAVAILABLE, "The database is not available now; try again later."),
    InvalidValue: (ErrorCode.BAD_USER_INPUT, "The database can't hold one of the values given."),
}


def format_error(error: GraphQLError) -> dict[str, Any]:
    """The error as the response holds it. Logs what is masked."""
    cause = error.original_error
    if cause is None or isinstance(cause, GraphQLError):
        return dict(error.formatted)
    code, message = _PUBLIC.get(type(cause), (ErrorCode.INTERNAL, f"Internal error; its id is {request_id.get()}."))
    _log(code, error, cause)
    masked = GraphQLError(
        message,
        nodes=error.nodes,
        path=error.path,
        extensions={"code": code.value, "requestId": request_id.get()},
    )
    return dict(masked.formatted)


def _log(code: ErrorCode, error: GraphQLError, cause: Exception) -> None:
    where = ".".join(map(str, error.path or ()))
    if code is ErrorCode.INTERNAL:
        logger.error("request %s failed at %s", request_id.get(), where, exc_info=cause)
    else:
        logger.warning("request %s: %s at %s: %s", request_id.get(), code.value, where, cause)
