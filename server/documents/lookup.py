"""From what a request says of its document to the text: an id, a hash, the text itself, or a text under its hash."""

import hashlib
import logging
import re
from collections.abc import Mapping
from typing import Any

from graphql import GraphQLError

from schema.errors import ErrorCode
from server.documents.manifest import Manifest
from server.documents.registry import Registry
from server.recent import Recent

logger = logging.getLogger("freehold")

DOCUMENT_ID = "documentId"
"""The extension under which an id travels, whatever parameter it came by."""
ID_PARAMETERS = ("documentId", "doc_id", "id")
"""Parameters that name a trusted document: of the GraphQL over HTTP draft, and of Relay's examples."""
_MOST_NOTED = 10_000
_DIGEST = re.compile("[0-9a-f]{64}")


class Refused(GraphQLError):
    """The document can't be had, or not by this caller."""

    def __init__(self, code: ErrorCode, message: str) -> None:
        super().__init__(message, extensions={"code": code.value})


class Lookup:
    """`manifest` is None where there is none; `enforced`, whether nothing else is answered. `registry` None is off."""

    def __init__(self, manifest: Manifest | None, *, enforced: bool, registry: Registry | None) -> None:
        self._manifest = manifest
        self._enforced = enforced and manifest is not None
        self._registry = None if self._enforced else registry
        self._noted = Recent[str, bool](_MOST_NOTED)

    def check(self, text: str, extensions: Mapping[str, Any]) -> None:
        """Raises Refused for a text that has another hash than its own, or that is not answered here."""
        digest = persisted_hash(extensions)
        if digest is not None and hashlib.sha256(text.encode()).hexdigest() != digest:
            raise Refused(ErrorCode.BAD_USER_INPUT, "`sha256Hash` is not the query's.")
        self._check_trust(text)

    async def find(self, extensions: Mapping[str, Any]) -> str | None:
        """The text that a request names; None where it names no document. Raises Refused."""
        document_id = extensions.get(DOCUMENT_ID)
        digest = persisted_hash(extensions)
        name = document_id if isinstance(document_id, str) else digest
        if name is None:
            return None
        text = self._manifest.find(name) if self._manifest is not None else None
        if text is None and digest is not None and self._registry is not None:
            text = await self._registry.find(digest)
        if text is None:
            raise self._unknown(digest)
        self._check_trust(text)
        return text

    def _check_trust(self, text: str) -> None:
        if self._manifest is not None and not self._manifest.trusts(text):
            if self._enforced:
                raise Refused(ErrorCode.DOCUMENT_NOT_TRUSTED, "Only the documents of the manifest are answered here.")
            self._note(text)

    def _note(self, text: str) -> None:
        """One line for each text that the manifest lacks."""
        digest = hashlib.sha256(text.encode()).hexdigest()
        if self._noted.get(digest) is None:
            self._noted.put(digest, True)
            logger.warning("a document is not in the manifest: sha256 %s, %d characters", digest, len(text))

    async def registered(self, query: str | None, extensions: Mapping[str, Any]) -> None:
        """Keep a text that came with its hash; it was executed, and so is valid."""
        digest = persisted_hash(extensions)
        if self._registry is not None and digest is not None and query is not None:
            await self._registry.keep(digest, query)

    def _unknown(self, digest: str | None) -> Refused:
        """Clients know these two messages by heart."""
        if digest is not None and self._registry is None and self._manifest is None:
            return Refused(ErrorCode.PERSISTED_QUERY_NOT_SUPPORTED, "PersistedQueryNotSupported")
        return Refused(ErrorCode.PERSISTED_QUERY_NOT_FOUND, "PersistedQueryNotFound")


def persisted_hash(extensions: Mapping[str, Any]) -> str | None:
    """The SHA-256 that a request gives for its document, or None. Raises Refused for what is none."""
    given = extensions.get("persistedQuery")
    if given is None:
        return None
    digest = given.get("sha256Hash") if isinstance(given, dict) else None
    if not isinstance(digest, str) or not _DIGEST.fullmatch(digest) or given.get("version", 1) != 1:
        message = "`extensions.persistedQuery` must have `version` 1 and a `sha256Hash` in lower-case hex."
        raise Refused(ErrorCode.BAD_USER_INPUT, message)
    return digest
