"""Which caches may keep the answer to a GET."""

from collections.abc import Mapping
from typing import Any

from graphql import ExecutionResult

from schema.viewer import Scope, Viewer
from server.graphql.context import RequestContext
from server.http.conditional import UNKEPT, cache_control


class CacheControl:
    """Only answers without errors to documents that are asked for by a hash or an id may be kept, for `max_age` s.

    Shared caches keep nothing that was told to a viewer for whom more listings exist than for the `public`.
    """

    def __init__(self, public: Viewer, max_age: int) -> None:
        self._public = public
        self._max_age = max_age

    def of(self, result: ExecutionResult, extensions: Mapping[str, Any], context: RequestContext) -> str:
        """The value of the header."""
        is_described = context.wants_cost or (context.trace is not None and context.trace.wanted)
        if result.data is None or result.errors or is_described:  # a description is for its caller alone
            return UNKEPT
        if not ("persistedQuery" in extensions or "documentId" in extensions):
            return UNKEPT
        is_private = (
            context.viewer_mattered
            or not self._public.may(Scope.READ)
            or context.viewer.sees_unpublished != self._public.sees_unpublished
        )
        return cache_control(is_private=is_private, max_age=self._max_age)
