"""Errors of Redis, and their explanations for an operator."""

import re

from redis.exceptions import (
    AuthenticationError,
    AuthenticationWrongNumberOfArgsError,
    AuthorizationError,
    InvalidResponse,
    MovedError,
    NoPermissionError,
    ReadOnlyError,
    RedisError,
)
from redis.exceptions import TimeoutError as RedisTimeoutError

FAILURES = (RedisError, OSError, TimeoutError)
"""The errors of a command that Redis didn't carry out."""


_CREDENTIALS = (AuthenticationError, AuthenticationWrongNumberOfArgsError)
_FORBIDDEN = (NoPermissionError, AuthorizationError)
_CLUSTER = "it is a cluster: the URL must lead to one Redis"
# Redis has no class of its own for these errors: only their text distinguishes them.
_NO_DATABASE = ("DB index is out of range", "invalid DB index")
_NO_COMMAND = "unknown command"
_NO_NUMBERS = "SELECT is not allowed in cluster mode"


def is_refusal(exc: Exception) -> bool:
    """Whether Redis answers, but will refuse until its settings or ours change."""
    return isinstance(exc, (*_CREDENTIALS, *_FORBIDDEN, InvalidResponse, MovedError)) or any(
        words in str(exc) for words in (*_NO_DATABASE, _NO_COMMAND, _NO_NUMBERS)
    )


def explain(exc: Exception) -> str:
    """Why Redis didn't carry out a command, for an operator."""
    said = " ".join(str(exc).split())
    if isinstance(exc, _CREDENTIALS):
        return "Redis refuses the user and password of the URL, or asks for them where it has none"
    if isinstance(exc, _FORBIDDEN):
        return f"Redis does not let the URL's user run what Freehold needs ({said})"
    if isinstance(exc, InvalidResponse):
        return "the server there is not a Redis"
    if isinstance(exc, MovedError) or _NO_NUMBERS in said:
        return _CLUSTER
    if any(words in said for words in _NO_DATABASE):
        return "Redis has no database of the URL's number"
    if isinstance(exc, ReadOnlyError) or "read only replica" in said:
        return "it is a read-only replica: the URL must lead to its primary"
    if isinstance(exc, TimeoutError | RedisTimeoutError):
        return "it did not answer in time"
    return re.sub(r",? ?script: [0-9a-f]{40}.*", "", said) or type(exc).__name__
