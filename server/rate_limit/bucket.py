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


class Rate(msgspec.Struct, frozen=True):
    """What a caller may still spend: `left` of its bucket. If it was refused, it may try again in `wait` seconds."""

    bucket: Bucket
    left: float
    wait: int | None = None

    def headers(self) -> list[tuple[bytes, bytes]]:
        """The response headers that tell of it, as ASGI has them."""
        bucket = self.bucket
        full = math.ceil((bucket.limit - self.left) / (bucket.limit / WINDOW))
        headers = [
            (b"ratelimit-policy", f'"{bucket.policy}";q={bucket.limit};w={WINDOW}'.encode()),
            (b"ratelimit", f'"{bucket.policy}";r={max(0, int(self.left))};t={full}'.encode()),
        ]
        if self.wait is not None:
            headers.append((b"retry-after", str(self.wait).encode()))
        return headers


class RateLimited(GraphQLError):
    """The caller has spent what it may for now; in `wait` seconds there will be enough."""

    __slots__ = ("rate", "wait")

    def __init__(self, rate: Rate, wait: int) -> None:
        limit = rate.bucket.limit
        message = f"More than {limit} a minute was asked for; try again in {wait} s."
        extensions = {"code": ErrorCode.RATE_LIMITED.value, "limit": limit, "retryAfter": wait}
        super().__init__(message, extensions=extensions)
        self.rate = rate
        self.wait = wait


async def spend(buckets: Buckets, bucket: Bucket, cost: int) -> Rate:
    """Take the cost. Raises RateLimited, which takes nothing."""
    level = await buckets.take(bucket, cost)
    if level.allowed:
        return Rate(bucket, level.left)
    wait = max(1, math.ceil((min(cost, bucket.limit) - level.left) / (bucket.limit / WINDOW)))
    raise RateLimited(Rate(bucket, level.left, wait), wait)


def refill(left: float, seconds: float, limit: int) -> float:
    """How full a bucket is after some seconds in which nothing was taken."""
    return min(float(limit), left + max(0.0, seconds) * limit / WINDOW)
