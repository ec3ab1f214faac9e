"""The response cache: the data of queries that the row cache alone answered, while it still holds what they read."""

from collections.abc import Sequence
from sys import getsizeof
from time import perf_counter
from typing import Any, NamedTuple

import msgspec
from graphql import ExecutionResult

from executor import LRU
from schema.viewer import Viewer
from server.graphql.parameters import Parameters
from server.http.response import encode
from server.settings.settings import Settings
from server.stores import Stores, response_cache_bytes
from storage.cache.store import CachedStore
from storage.events import CacheEvent, LoadEvent, OnEvent, emit
from storage.provenance import Proof, Provenance

_NAME = "answers"
_MAX_ENTRIES = 10_000
_ENTRY_BYTES = 1000  # a response and its entry, without its texts, about
_TAG_BYTES = 200  # a tag and its lease in a proof, about


class CacheKey(NamedTuple):
    """What decides a query's response, besides the data and, for some, the viewer."""

    text: str
    operation: str | None
    variables: bytes
    sees_unpublished: bool


def key_of(asked: Parameters, viewer: Viewer) -> CacheKey:
    """The key of a request with a query."""
    return CacheKey(asked.query or "", asked.operation_name, _packed(asked.variables), viewer.sees_unpublished)


class CachedResponse(NamedTuple):
    """The data as JSON, the viewer it is for if that matters, how many values were read for it, and their proofs."""

    data: msgspec.Raw
    viewer: Viewer | None
    values: int
    proofs: Sequence[Proof]


class ResponseCache:
    """Keeps responses without errors of which every value came from the row cache, in about `max_bytes` of memory.

    A response is given only while the row cache proves that it holds all those values unchanged, so that reading them
    again would give the same.
    """

    def __init__(self, store: CachedStore, max_bytes: int, on_event: OnEvent) -> None:
        self._store = store
        self._on_event = on_event
        self._entries = LRU[tuple[CacheKey, Viewer | None], CachedResponse](_MAX_ENTRIES, max_bytes)

    @property
    def bytes(self) -> int:
        """About how much memory the responses take."""
        return self._entries.size

    def find(self, key: CacheKey, viewer: Viewer, listener: OnEvent | None) -> CachedResponse | None:
        """The response for this viewer, if there is one and it still holds; `listener` as loaders have it."""
        started = perf_counter()
        found = self._entries.get((key, None)) or self._entries.get((key, viewer))
        if found is None:
            return None
        if not self._store.holds(found.proofs):
            self._entries.drop((key, found.viewer))
            return None
        seconds = perf_counter() - started
        event = CacheEvent(_NAME, 1, 0, 0, seconds)
        self._on_event(event)
        emit(event)
        if listener is not None:
            listener(LoadEvent(_NAME, found.values, 1, seconds))
        return found

    def keep(self, key: CacheKey, result: ExecutionResult, viewer: Viewer | None, provenance: Provenance) -> None:
        """Keep the result, for this viewer or for any, if every value in it was read with a proof."""
        proofs = provenance.proofs
        if result.errors or result.data is None or not provenance.is_proved or not proofs:
            return
        data = _packed(result.data)
        texts = sum(map(getsizeof, (data, key.text, key.variables)))
        size = _ENTRY_BYTES + texts + _TAG_BYTES * sum(proof.tags for proof in proofs)
        self._entries.put((key, viewer), CachedResponse(msgspec.Raw(data), viewer, provenance.values, proofs), size)


def build_response_cache(settings: Settings, stores: Stores, on_event: OnEvent) -> ResponseCache | None:
    """None where no cache can prove what it holds."""
    if stores.cached is None or stores.cache is None or not stores.cache.can_prove:
        return None
    return ResponseCache(stores.cached, response_cache_bytes(settings), on_event)


def _packed(value: Any) -> bytes:
    """Its JSON, in a copy, because the encoder's buffer is larger than what it holds."""
    return bytes(memoryview(encode(value)))
