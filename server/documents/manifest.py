"""The manifest of trusted documents, as the tools of Relay and of Apollo write it.

Relay's compiler (`persistConfig`): `{"<id>": "<text>", …}`. Apollo's `generate-persisted-query-manifest`:
`{"format": "apollo-persisted-query-manifest", "version": 1, "operations": [{"id": …, "body": …, …}]}`.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
from graphql import GraphQLError, parse

_APOLLO = "apollo-persisted-query-manifest"


class InvalidManifest(Exception):
    """The file is not there, or holds something else; the message says where."""


class Manifest:
    """Texts by id. A document is trusted by its id, or if it is sent whole and just as it stands here."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = dict(texts)
        self._trusted = frozenset(texts.values())

    def __len__(self) -> int:
        return len(self._texts)

    def find(self, document_id: str) -> str | None:
        """The text, or None."""
        return self._texts.get(document_id)

    def trusts(self, text: str) -> bool:
        """Whether this is, to the letter, one of the texts."""
        return text in self._trusted


def read_manifest(path: Path) -> Manifest:
    """Raises InvalidManifest, also for a text that is no GraphQL."""
    try:
        content = orjson.loads(path.read_bytes())
    except (OSError, orjson.JSONDecodeError) as exc:
        raise InvalidManifest(f"FREEHOLD_TRUSTED_DOCUMENTS: {path}: {exc}") from exc
    texts = _texts(content, path)
    for document_id, text in texts.items():
        try:
            parse(text)
        except GraphQLError as exc:
            raise InvalidManifest(f"FREEHOLD_TRUSTED_DOCUMENTS: {path}: {document_id}: {exc.message}") from exc
    return Manifest(texts)


def _texts(content: Any, path: Path) -> dict[str, str]:
    if isinstance(content, dict) and content.get("format") == _APOLLO:
        operations = content.get("operations")
        if isinstance(operations, list) and all(isinstance(each, dict) for each in operations):
            content = {each.get("id"): each.get("body") for each in operations}
        else:
            content = None
    if not isinstance(content, dict) or not all(
        isinstance(key, str) and isinstance(value, str) for key, value in content.items()
    ):
        raise InvalidManifest(f"FREEHOLD_TRUSTED_DOCUMENTS: {path}: expected Relay's {{id: text}} or Apollo's manifest")
    return content
