"""What stands between a request and its operation: one object that the endpoint asks."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from schema.viewer import Scope, Viewer
from server.admission.admission import Admission
from server.auth.access import Access, build_access
from server.auth.errors import Unauthenticated
from server.graphql.context import RequestContext
from server.http.conditional import UNKEPT, cache_control
from server.http.request import Request
from server.persisted.lookup import Lookup
from server.persisted.manifest import read_manifest
from server.persisted.registry import Registry
from server.settings.settings import Settings

COST_HEADER = "freehold-cost"


class Guard:
    """Who asks, what they ask for, whether they may; made from the settings, closed with the application."""

    def __init__(self, settings: Settings, admission: Admission, registry: Registry) -> None:
        self.deadline = settings.request_timeout
        self._access: Access = build_access(settings, settings.host)
        self.public: Viewer = self._access.public
        """Who asks without a token."""
        self._max_age = settings.max_age
        self._admission = admission
        path = settings.trusted_documents
        self.documents = Lookup(
            read_manifest(Path(path)) if path else None,
            enforced=settings.trusted_documents_mode == "enforce",
            registry=registry if settings.apq else None,
        )

    async def viewer(self, request: Request) -> Viewer:
        """Whose token it is. Raises Unauthenticated, KeysUnavailable, or RateLimited for wrong ones again and again."""
        try:
            if [name for name, _ in request.scope["headers"]].count(b"authorization") > 1:
                raise Unauthenticated("the request has two `Authorization` headers")
            return await self._access.viewer(request.header(b"authorization"))
        except Unauthenticated:
            await self._admission.charge_failure(request.address)
            raise

    def cache_control(self, context: RequestContext, extensions: Mapping[str, Any], *, is_whole: bool) -> str:
        """Of a GET. Only what was asked for by a hash or an id, and has no errors, may be kept.

        Shared caches keep nothing that was told to somebody for whom more listings exist than for the public.
        """
        if not is_whole or not ("persistedQuery" in extensions or "documentId" in extensions):
            return UNKEPT
        is_private = (
            context.viewer_mattered
            or not self.public.may(Scope.READ)
            or context.viewer.sees_unpublished != self.public.sees_unpublished
        )
        return cache_control(is_private=is_private, max_age=self._max_age)

    async def close(self) -> None:
        """Fetch no more keys."""
        await self._access.close()
