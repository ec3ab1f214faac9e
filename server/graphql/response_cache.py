"""Answers: the data of queries that the cache alone answered, given again for as long as it holds what they read."""

from collections.abc import Sequence
from sys import getsizeof
from time import perf_counter
from typing import Any, NamedTuple

import msgspec
from graphql import ExecutionResult

from executor.lru import LRU
from schema.viewer import Viewer
from server.graphql.parameters import Parameters
from server.http.response import encode
from storage.cache.store import CachedStore
from storage.events import CacheEvent, LoadEvent, OnEvent, emit
from storage.provenance import Proof, Provenance

_NAME = "answers"
_MOST = 10_000
_ANSWER_BYTES = 1000  # an answer and its place, without its texts, about
_TAG_BYTES = 200  # a tag and its lease in a proof, about


class Question(NamedTuple):
    """What decides a query's answer, besides the data and, for some, the viewer."""

    text: str
    operation: str | None
    variables: bytes
    sees_unpublished: bool


def ask(asked: Parameters, viewer: Viewer) -> Question:
    """What a request with a query asks of the listings that exist for its viewer."""
    return Question(asked.query or "", asked.operation_name, _packed(asked.variables), viewer.sees_unpublished)


class Kept(NamedTuple):
    """An answer: the data as JSON, whom it is for if that mattered, how many values it took, and their proofs."""

    data: msgspec.Raw
    viewer: Viewer | None
    values: int
    proofs: Sequence[Proof]


class Answers:
    """Kept are answers without errors of which every value came from the cache, at most `most_bytes` of memory, about.

    One is given only if the cache proves to hold all those values unchanged: it is what reading them again would give.
    """

    def __init__(self, store: CachedStore, most_bytes: int, on_event: OnEvent) -> None:
        self._store = store
        self._on_event = on_event
        self._answers = LRU[tuple[Question, Viewer | None], Kept](_MOST, most_bytes)

    @property
    def bytes(self) -> int:
        """About how much memory the answers take."""
        return self._answers.size

    def find(self, asked: Question, viewer: Viewer, listener: OnEvent | None) -> Kept | None:
        """The answer for this viewer, if there is one and it holds; `listener` as loaders have it."""
        started = perf_counter()
        answer = self._answers.get((asked, None)) or self._answers.get((asked, viewer))
        if answer is None:
            return None
        if not self._store.holds(answer.proofs):
            self._answers.drop((asked, answer.viewer))
            return None
        seconds = perf_counter() - started
        look = CacheEvent(_NAME, 1, 0, 0, seconds)
        self._on_event(look)
        emit(look)
        if listener is not None:
            listener(LoadEvent(_NAME, answer.values, 1, seconds))
        return answer

    def keep(self, asked: Question, result: ExecutionResult, viewer: Viewer | None, provenance: Provenance) -> None:
        """Keep the result, for this viewer or for any, if every value in it was read with a proof."""
        proofs = provenance.proofs
        if result.errors or result.data is None or not provenance.is_proved or not proofs:
            return
        data = _packed(result.data)
        texts = sum(map(getsizeof, (data, asked.text, asked.variables)))
        size = _ANSWER_BYTES + texts + _TAG_BYTES * sum(proof.tags for proof in proofs)
        self._answers.put((asked, viewer), Kept(msgspec.Raw(data), viewer, provenance.values, proofs), size)


def _packed(value: Any) -> bytes:
    """Its JSON, in a copy: what the encoder gives holds on to more than it fills."""
    return bytes(memoryview(encode(value)))
