"""Reading one's own writes, whichever worker answers: a mutation's response has a token, which clients send back.

Until the token expires, requests with it read nothing from the cache. By then every worker has heard of the write.
"""

import time
from collections.abc import Iterable

_MOST_TOKENS = 10
_SKEW = 1.0
"""Seconds by which the clocks of two machines may differ."""


def issue_token(max_staleness: float) -> str:
    """The token of a write acknowledged now, of which every worker hears within `max_staleness` seconds.

    It is the time at which it expires, in ms since 1970.
    """
    return str(int((time.time() + max_staleness + _SKEW) * 1000))


def any_is_current(values: Iterable[str], max_staleness: float) -> bool:
    """Whether a token among these headers' values has not expired; a value may have several, separated by commas."""
    tokens = ",".join(values).split(",", _MOST_TOKENS)
    return any(is_current(token.strip(" \t"), max_staleness) for token in tokens)


def is_current(token: str, max_staleness: float) -> bool:
    """Whether the token has not expired. False for what is no token, or one of the far future."""
    if not token.isascii() or not token.isdigit() or len(token) > 15:
        return False
    left = int(token) / 1000 - time.time()
    return 0 < left <= max_staleness + 2 * _SKEW
