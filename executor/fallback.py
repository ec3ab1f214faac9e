"""Why an operation, or a part of one, takes a slower path. Each is reported to the executor's `on_fallback`."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

__all__ = ["Fallback", "OnFallback", "ignore_fallback"]


class Fallback(StrEnum):
    """The values serve as labels of a metric."""

    UNPLANNED = "unplanned"
    """graphql-core runs it: a subscription, incremental delivery, or variables for which there is no plan."""
    WRAPPED_RESOLVERS = "wrapped_resolvers"
    """graphql-core runs it: an extension or an operation directive of the schema wraps every resolver."""
    ROW_BY_ROW = "row_by_row"
    """A selection's values often had other types than expected, so for a while each value is checked by itself."""


OnFallback = Callable[[Fallback], None]


def ignore_fallback(reason: Fallback) -> None:
    """The default hook."""
