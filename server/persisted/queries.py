"""From what a request says of its document to the text: an id, a hash, the text itself, or a text under its hash."""

import hashlib
import logging
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from graphql import GraphQLError

from executor import LRU
from schema.errors import ErrorCode
from server.persisted.manifest import Manifest, read_manifest
from server.persisted.registry import Registry
from server.settings.security import SecuritySettings

logger = logging.getLogger("freehold")

DOCUMENT_ID = "documentId"
"""The extension under which an id travels, whatever parameter it came by."""
ID_PARAMETERS = ("documentId", "doc_id", "id")
"""Parameters that name a trusted document: of the GraphQL over HTTP draft, and of Relay's examples."""
_MOST_NOTED = 10_000
_DIGEST = re.compile("[0-9a-f]{64}")
_EXPECTED = "`extensions.persistedQuery` must have `version` 1 and a `sha256Hash`"


class DocumentRefused(GraphQLError):
    """The document can't be had, or not by this caller."""

    def __init__(self, code: ErrorCode, message: str) -> None:
        super().__init__(message, extensions={"code": code.value})


class PersistedQueries:
    """`manifest` is None where there is none; `enforced`, whether nothing else is answered. `registry` None is off."""

    def __init__(self, manifest: Manifest | None, *, enforced: bool, registry: Registry | None) -> None:
        self._manifest = manifest
        self._enforced = enforced and manifest is not None
        self._registry = None if self._enforced else registry
        self._noted = LRU[str, bool](_MOST_NOTED)

    def check(self, text: str, extensions: Mapping[str, Any]) -> None:
        """Raises DocumentRefused for a text whose hash or id is another document's, or that is not answered here."""
        for given, name in ((persisted_hash(extensions), "`sha256Hash`"), (extensions.get(DOCUMENT_ID), "The id")):
            if given is not None and not (isinstance(given, str) and self._names(given, text)):
                raise DocumentRefused(ErrorCode.BAD_USER_INPUT, f"{name} is not the query's.")
        self._check_trust(text)

    async def find(self, extensions: Mapping[str, Any]) -> str | None:
        """The text that a request names; None where it names no document. Raises DocumentRefused."""
        document_id = extensions.get(DOCUMENT_ID)
        name = document_id if isinstance(document_id, str) else persisted_hash(extensions)
        if name is None:
            return None
        text = self._manifest.find(name) if self._manifest is not None else None
        digest = sha256_in(name)
        if text is None and digest is not None and self._registry is not None:
            text = await self._registry.find(digest)
        if text is None:
            raise self._unknown(name, is_id=name is document_id)
        self._check_trust(text)
        return text

    def _names(self, given: str, text: str) -> bool:
        """Whether this is the text's SHA-256, or what the manifest calls it."""
        return sha256_in(given) == _sha256(text) or (self._manifest is not None and self._manifest.find(given) == text)

    def _check_trust(self, text: str) -> None:
        if self._manifest is not None and not self._manifest.trusts(text):
            if self._enforced:
                raise DocumentRefused(
                    ErrorCode.DOCUMENT_NOT_TRUSTED, "Only the documents of the manifest are answered here."
                )
            self._note(text)

    def _note(self, text: str) -> None:
        """One line for each text that the manifest lacks."""
        digest = _sha256(text)
        if self._noted.get(digest) is None:
            self._noted.put(digest, True)
            logger.warning("a document is not in the manifest: sha256 %s, %d characters", digest, len(text))

    async def registered(self, query: str | None, extensions: Mapping[str, Any]) -> None:
        """Keep a text that came with its hash; it was executed, and so is valid."""
        if self._registry is not None and query is not None and persisted_hash(extensions) is not None:
            await self._registry.keep(_sha256(query), query)

    def _unknown(self, name: str, *, is_id: bool) -> DocumentRefused:
        """Clients know the last two messages by heart."""
        if self._manifest is None and not is_id:
            if sha256_in(name) is None:
                return DocumentRefused(ErrorCode.BAD_USER_INPUT, f"{_EXPECTED} in lower-case hex.")
            if self._registry is None:
                return DocumentRefused(ErrorCode.PERSISTED_QUERY_NOT_SUPPORTED, "PersistedQueryNotSupported")
        return DocumentRefused(ErrorCode.PERSISTED_QUERY_NOT_FOUND, "PersistedQueryNotFound")


def persisted_hash(extensions: Mapping[str, Any]) -> str | None:
    """The SHA-256, or the manifest's id, that a request gives for its document. Raises DocumentRefused otherwise."""
    given = extensions.get("persistedQuery")
    if given is None:
        return None
    digest = given.get("sha256Hash") if isinstance(given, dict) else None
    if not isinstance(digest, str) or not digest or given.get("version", 1) != 1:
        raise DocumentRefused(ErrorCode.BAD_USER_INPUT, f"{_EXPECTED}.")
    return digest


def sha256_in(name: str) -> str | None:
    """The SHA-256 in hex that a name is, with or without the prefix that says so."""
    digest = name.removeprefix("sha256:")
    return digest if _DIGEST.fullmatch(digest) else None


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def build_persisted_queries(settings: SecuritySettings, registry: Registry) -> PersistedQueries:
    """By the settings' manifest, and the registry if they allow it. Raises InvalidManifest."""
    path = settings.trusted_documents
    return PersistedQueries(
        read_manifest(Path(path)) if path else None,
        enforced=settings.trusted_documents_mode == "enforce",
        registry=registry if settings.apq else None,
    )
