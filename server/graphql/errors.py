"""Errors as a client sees them: what it can mend as it is, what it can't under a request id, with the rest logged."""

import logging
from collections.abc import Hashable, Iterable
from typing import Any

from graphql import GraphQLError

from schema.errors import ErrorCode
from server.graphql.error_messages import reworded
from server.http.request_id import request_id
from storage.errors import (
    DeadlineExceeded,
    InvalidValue,
    Misconfigured,
    Overloaded,
    SchemaMismatch,
    Unavailable,
)

logger = logging.getLogger("freehold")

_UNAVAILABLE = (ErrorCode.UNAVAILABLE, "The database is not available now; try again later.")
_PUBLIC: dict[type, tuple[ErrorCode, str]] = {
    DeadlineExceeded: (ErrorCode.DEADLINE_EXCEEDED, "The database took too long; ask for less, or try again later."),
    Unavailable: _UNAVAILABLE,
    Misconfigured: _UNAVAILABLE,
    SchemaMismatch: _UNAVAILABLE,
    Overloaded: (ErrorCode.OVERLOADED, "Too many requests wait for the database; try again in a second."),
    InvalidValue: (ErrorCode.BAD_USER_INPUT, "The database can't hold one of the values given."),
}

MOST_TOLD = 5
"""Errors told of a request of which nothing was executed: each item of a list of variables can have one."""


def format_errors(errors: Iterable[GraphQLError]) -> list[dict[str, Any]]:
    """The errors as the response holds them: one for a field that failed alike in many elements of lists.

    Its path is that of the first element, and `extensions.count` says how many there are.
    """
    groups: dict[Hashable, list[GraphQLError]] = {}
    for error in errors:
        groups.setdefault(_position(error), []).append(error)
    told = list(groups.values())
    if len(told) > MOST_TOLD and not any(group[0].path for group in told):
        message = f"More than {MOST_TOLD} values are wrong; the others are not listed."
        told[MOST_TOLD:] = [[GraphQLError(message, told[0][0].nodes)]]
    return [_format_group(group) for group in told]


def _position(error: GraphQLError) -> Hashable:
    """What errors have in common that are told as one: the field, whichever element of a list it is of, and the cause.

    An error of an element itself, as of one id among many, keeps its index.
    """
    path = error.path
    if not path:
        return id(error)
    names = tuple(key for key in path if isinstance(key, str))
    return names, path[-1], type(error.original_error), error.message


def _format_group(group: list[GraphQLError]) -> dict[str, Any]:
    first = min(group, key=lambda error: [key for key in error.path or () if isinstance(key, int)])
    formatted = format_error(first)
    if len(group) > 1:
        formatted["extensions"] = formatted["extensions"] | {"count": len(group)}
    return formatted


def format_error(error: GraphQLError) -> dict[str, Any]:
    """The error as the response holds it, always with a code. Logs what is masked."""
    cause = error.original_error
    if cause is None or (isinstance(cause, GraphQLError) and not _is_ours(error, cause)):
        if "code" not in (error.extensions or {}):  # of a variable or an argument that can't be
            error.extensions = {"code": ErrorCode.BAD_USER_INPUT.value} | (error.extensions or {})
        return dict(error.formatted) | {"message": reworded(error.message)}
    code, message = _tell(cause)
    _log(code, error, cause)
    return dict(error.formatted) | {
        "message": message,
        "extensions": {"code": code.value, "requestId": request_id.get()},
    }


def _tell(cause: Exception) -> tuple[ErrorCode, str]:
    """The code and message of the nearest class that has any."""
    for kind in type(cause).__mro__:
        if kind in _PUBLIC:
            return _PUBLIC[kind]
    return ErrorCode.INTERNAL, f"Internal error; its id is {request_id.get()}."


def _is_ours(error: GraphQLError, cause: GraphQLError) -> bool:
    """Whether a value of ours could not be shown: graphql-core blames no part of the document for that."""
    return bool(error.path) and type(cause) is GraphQLError and not cause.nodes and not cause.extensions


def is_overloaded(answer: dict[str, Any]) -> bool:
    """Whether a part of the answer was refused because too much is asked at once."""
    return any(error.get("extensions", {}).get("code") == ErrorCode.OVERLOADED for error in answer.get("errors", ()))


def _log(code: ErrorCode, error: GraphQLError, cause: Exception) -> None:
    where = ".".join(map(str, error.path or ()))
    if code is ErrorCode.INTERNAL:
        logger.error("request %s failed at %s", request_id.get(), where, exc_info=cause)
    else:
        # A refused value is not for the log: it may be personal.
        what = type(cause).__name__ if code is ErrorCode.BAD_USER_INPUT else cause
        # What does not pass by itself is the operator's to mend.
        level = logging.ERROR if isinstance(cause, Misconfigured | SchemaMismatch) else logging.WARNING
        logger.log(level, "request %s: %s at %s: %s", request_id.get(), code.value, where, what)
