"""Where the keys that an issuer signs with are found: a set (JWKS) fetched from the issuer, or a given key."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from contextvars import Context
from typing import Any, Protocol

from server.auth.download import DownloadFailed, download
from server.auth.errors import KeysUnavailable
from server.auth.key_set import ASYMMETRIC, KeySet, read_key_set, refuse_unknown_key
from storage.completion import end

logger = logging.getLogger("freehold")

LIFESPAN = 300.0
"""Seconds after which a key set is fetched again."""
GRACE = 24 * 3600.0
"""Seconds for which the last set serves on while no other can be fetched."""
PAUSE = 10.0
"""Seconds between two fetches at least, however many unknown keys are named."""
RETRY = 1.0
"""Seconds after a failed fetch before the next one at least."""
PATIENCE = 5.0
"""Seconds that a request waits for a fetch at most."""


class Keys(Protocol):
    """Where a token's key is found. Each key is used with one algorithm: its own, never one of the token's choice."""

    async def find(self, key_id: str | None, algorithm: str) -> Any:
        """The key of this id and algorithm. Raises Unauthenticated if there is none, or KeysUnavailable."""

    async def close(self) -> None:
        """Stop fetching."""


class FetchedKeys:
    """The set at an address. A request waits for a fetch only where its key is not known; while no set can be fetched,
    the last one serves for GRACE.
    """

    def __init__(
        self,
        url: str,
        algorithm: str = "",
        *,
        clock: Callable[[], float] = time.monotonic,
        fetch: Callable[[str], Awaitable[bytes]] = download,
    ) -> None:
        self._url = url
        self._algorithm = algorithm
        self._clock = clock
        self._fetch = fetch
        self._keys = KeySet()
        self._fetched = self._tried = float("-inf")
        self._failure: str | None = None
        self._refreshing: asyncio.Task[None] | None = None

    async def find(self, key_id: str | None, algorithm: str) -> Any:
        """A set that lacks the key is fetched once more: the issuer may have changed its keys."""
        if algorithm not in ASYMMETRIC:
            raise refuse_unknown_key()
        age = self._clock() - self._fetched
        if age > LIFESPAN + GRACE:
            self._keys = KeySet()
        key = self._keys.find(key_id, algorithm)
        if key is None:
            await self._wait(self._refresh())
            key = self._keys.find(key_id, algorithm)
        elif age > LIFESPAN:
            self._refresh()
        if key is not None:
            return key
        if self._failure is not None:
            raise KeysUnavailable(self._failure)
        raise refuse_unknown_key()

    async def close(self) -> None:
        """Stop fetching."""
        if self._refreshing is not None:
            await end(self._refreshing)

    def _refresh(self) -> "asyncio.Task[None] | None":
        """The fetch that is under way or begins now; None within the pause after the last one."""
        if self._refreshing is not None and not self._refreshing.done():
            return self._refreshing
        if self._clock() - self._tried <= (PAUSE if self._failure is None else RETRY):
            return None
        self._tried = self._clock()
        # In a context of its own: it is no part of the request that happens to begin it.
        self._refreshing = asyncio.get_running_loop().create_task(self._replace(), context=Context())
        return self._refreshing

    async def _wait(self, refreshing: "asyncio.Task[None] | None") -> None:
        if refreshing is not None:
            done, _ = await asyncio.wait({refreshing}, timeout=PATIENCE)
            if not done:
                raise KeysUnavailable("the issuer does not answer in time")

    async def _replace(self) -> None:
        try:
            self._keys = read_key_set(await self._fetch(self._url), self._algorithm)
        except (DownloadFailed, ValueError) as exc:
            self._failure = str(exc)
            logger.warning("the issuer's keys can't be fetched: %s", exc)
        else:
            self._failure = None
            self._fetched = self._clock()
