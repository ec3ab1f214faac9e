"""Fallbacks: why an operation, or a part of one, takes a slower path."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

__all__ = ["Fallback", "OnFallback", "ignore_fallback"]


class Fallback(StrEnum):
    """A reason. The values serve as labels of a metric."""

    UNPLANNED = "unplanned"
    """graphql-core executes the operation: a subscription, incremental delivery, or fragment arguments."""
    PLANNING_FAILED = "planning_failed"
    """graphql-core executes the operation: planning it raised an exception. The next request plans it again."""
    WRAPPED_RESOLVERS = "wrapped_resolvers"
    """graphql-core executes the operation: an extension or an operation directive wraps every resolver."""
    ROW_BY_ROW = "row_by_row"
    """The values of a selection often had other types than expected, so for a while each is checked by itself."""


OnFallback = Callable[[Fallback], None]


def ignore_fallback(reason: Fallback) -> None:
    """The default hook."""
