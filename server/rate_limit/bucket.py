"""Token buckets, and what a caller is told of its own.

Headers: https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/
"""

import math
from typing import Protocol

import msgspec
from graphql import GraphQLError

from schema.errors import ErrorCode

WINDOW = 60
"""Seconds in which an empty bucket fills."""


class Bucket(msgspec.Struct, frozen=True):
    """One caller's: `limit` is the cost that may be spent at once, and in WINDOW."""

    key: str
    limit: int
    policy: str


class Level(msgspec.Struct, frozen=True):
    """How full a bucket is after it was asked; below 0 if more was spent than there was."""

    allowed: bool
    left: float


class Buckets(Protocol):
    """Where buckets are kept. What costs more than a bucket holds is allowed when it is full."""

    async def take(self, bucket: Bucket, cost: int) -> Level:
        """Take the cost if it is there; else nothing."""


class RateLimited(GraphQLError):
    """The caller has spent what it may for now; in `wait` seconds there will be enough."""

    __slots__ = ("headers", "wait")

    def __init__(self, bucket: Bucket, wait: int, headers: list[tuple[bytes, bytes]]) -> None:
        message = f"More than {bucket.limit} a minute was asked for; try again in {wait} s."
        extensions = {"code": ErrorCode.RATE_LIMITED.value, "limit": bucket.limit, "retryAfter": wait}
        super().__init__(message, extensions=extensions)
        self.wait = wait
        self.headers = headers


async def spend(buckets: Buckets, bucket: Bucket, cost: int) -> list[tuple[bytes, bytes]]:
    """Take the cost; the headers that tell of it. Raises RateLimited, which has them too."""
    level = await buckets.take(bucket, cost)
    rate = bucket.limit / WINDOW
    full = math.ceil((bucket.limit - level.left) / rate)
    headers = [
        (b"ratelimit-policy", f'"{bucket.policy}";q={bucket.limit};w={WINDOW}'.encode()),
        (b"ratelimit", f'"{bucket.policy}";r={max(0, int(level.left))};t={full}'.encode()),
    ]
    if level.allowed:
        return headers
    wait = max(1, math.ceil((min(cost, bucket.limit) - level.left) / rate))
    raise RateLimited(bucket, wait, [*headers, (b"retry-after", str(wait).encode())])


def refill(left: float, seconds: float, limit: int) -> float:
    """How full a bucket is after some seconds in which nothing was taken."""
    return min(float(limit), left + max(0.0, seconds) * limit / WINDOW)
