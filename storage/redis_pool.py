"""Connections to Redis, opened the same way for everything that uses it."""

import re
from typing import Any, TypeVar

from redis.asyncio import ConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError, ReadOnlyError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.maint_notifications import MaintNotificationsConfig

Pool = TypeVar("Pool", bound=ConnectionPool)


def build_pool(kind: type[Pool], url: str, *, deadline: float, **options: Any) -> Pool:
    """A pool that connects when it is used. `deadline`, in seconds, is that of connecting and of each answer.

    A command is never repeated. Raises ValueError for a bad URL.

    An idle connection that Redis has closed (it restarted, its own `timeout` passed, CLIENT KILL) is replaced before
    it is used. redis-py checks for that only without maintenance notifications, a feature of Redis' managed services.
    """
    return kind.from_url(
        url,
        socket_timeout=deadline,
        socket_connect_timeout=deadline,
        retry=Retry(NoBackoff(), 0),
        maint_notifications_config=MaintNotificationsConfig(enabled=False),
        **options,
    )


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
