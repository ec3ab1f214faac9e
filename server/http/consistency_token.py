"""Reading one's own writes, whichever worker answers: a mark in a mutation's answer, which clients send back.

Requests with a mark read nothing from the cache until it has run out: until every worker has heard of the write.
"""

import time

HEADER = "freehold-written"
_SKEW = 1.0
"""Seconds by which the clocks of two machines may differ."""


def write_mark(bound: float) -> str:
    """The mark of a write acknowledged now, of which every worker hears within `bound` seconds: ms since 1970."""
    return str(int((time.time() + bound + _SKEW) * 1000))


def marks(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """The mark among these headers, if there is one."""
    return [header for header in headers if header[0] == HEADER.encode()]


def is_recent(mark: str | None, bound: float) -> bool:
    """Whether the mark has not run out. What is no mark, or one of the far future, has."""
    if mark is None or not mark.isascii() or not mark.isdigit() or len(mark) > 15:
        return False
    left = int(mark) / 1000 - time.time()
    return 0 < left <= bound + 2 * _SKEW
