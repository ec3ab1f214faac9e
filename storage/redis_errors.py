"""What can go wrong with Redis, and how an operator is told of it."""

import re

from redis.exceptions import AuthenticationError, ReadOnlyError, RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

FAILURES = (RedisError, OSError, TimeoutError)
"""What a command raises that Redis did not carry out."""


def explain(exc: Exception) -> str:
    """Why Redis did not do what was asked, in an operator's words."""
    said = " ".join(str(exc).split())
    if isinstance(exc, AuthenticationError):
        return "Redis refuses the user and password of the URL, or asks for them where it has none"
    if isinstance(exc, ReadOnlyError) or "read only replica" in said:
        return "it is a read-only replica: the URL must lead to its primary"
    if isinstance(exc, TimeoutError | RedisTimeoutError):
        return "it did not answer in time"
    return re.sub(r",? ?script: [0-9a-f]{40}.*", "", said) or type(exc).__name__
