"""Documents that clients registered under their SHA-256: automatic persisted queries.

Protocol: https://www.apollographql.com/docs/apollo-server/performance/apq
"""

from typing import Protocol

from executor import LRU

MOST = 10_000
GREATEST = 10_000_000
"""Documents, and characters of them together, that one process keeps."""


class Registry(Protocol):
    """A bounded store: what it forgot is sent anew by its client."""

    async def find(self, digest: str) -> str | None:
        """The text of this SHA-256 in hex, or None."""

    async def keep(self, digest: str, text: str) -> None:
        """Keep a text that was found valid, under its own SHA-256."""


class MemoryRegistry:
    """Of one process; the least recently used is forgotten."""

    def __init__(self) -> None:
        self._texts = LRU[str, str](MOST, GREATEST)

    async def find(self, digest: str) -> str | None:
        """Never waits."""
        return self._texts.get(digest)

    async def keep(self, digest: str, text: str) -> None:
        """Never waits."""
        self._texts.put(digest, text, len(text))
