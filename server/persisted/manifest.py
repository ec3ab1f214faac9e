"""The manifest of trusted documents, as the tools of clients write it.

Apollo's `generate-persisted-query-manifest`: `{"format": "apollo-persisted-query-manifest", "version": 1, "operations":
[{"id": …, "body": …, …}]}`. Relay's compiler (`persistConfig`), GraphQL Code Generator's client preset
(`persisted-documents.json`) and scripts for urql: `{"<id>": "<text>", …}`, where an id is a hash of the tool's choice.
"""

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson
from graphql import GraphQLError, parse

from storage.named_file import read_file

_APOLLO = "apollo-persisted-query-manifest"
_PREFIXES = ("sha256:", "sha1:", "md5:")
_MOST = 64 << 20
"""Bytes of a manifest."""


class InvalidManifest(Exception):
    """The file is not there, or holds something else; the message says where."""


class Manifest:
    """StatementTexts by id. A document is trusted by its id, or if it is sent whole and just as it stands here.

    An id is known with and without the prefix of its hash (`sha256:…`), and each text by its SHA-256.
    """

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = {hashlib.sha256(text.encode()).hexdigest(): text for text in texts.values()}
        self._texts |= {_bare(document_id): text for document_id, text in texts.items()}
        self._texts |= texts
        self._trusted = frozenset(texts.values())

    def __len__(self) -> int:
        return len(self._trusted)

    def find(self, document_id: str) -> str | None:
        """The text, or None."""
        text = self._texts.get(document_id)
        return self._texts.get(_bare(document_id)) if text is None else text

    def trusts(self, text: str) -> bool:
        """Whether this is, to the letter, one of the texts."""
        return text in self._trusted


def read_manifest(path: Path) -> Manifest:
    """Raises InvalidManifest, also for a text that is no GraphQL."""
    try:
        return Manifest(_texts(orjson.loads(read_file(str(path), most=_MOST))))
    except OSError as exc:
        reason = exc.strerror or "can't be read"
    except orjson.JSONDecodeError as exc:
        reason = f"is not JSON: {exc}"
    except ValueError as exc:
        reason = str(exc)
    raise InvalidManifest(f"FREEHOLD_TRUSTED_DOCUMENTS: {path}: {reason}")


def _bare(document_id: str) -> str:
    for prefix in _PREFIXES:
        document_id = document_id.removeprefix(prefix)
    return document_id


def _texts(content: Any) -> dict[str, str]:
    """Raises ValueError, which says what is wrong with which entry."""
    texts: dict[str, str] = {}
    for name, document_id, text in _entries(content):
        if not isinstance(document_id, str) or not document_id:
            raise ValueError(f"{name} has no id")
        if not isinstance(text, str):
            raise ValueError(f"{name} has no text")
        if texts.setdefault(document_id, text) != text:
            raise ValueError(f"{name} has the id of another document: {document_id}")
        try:
            parse(text)
        except GraphQLError as exc:
            raise ValueError(f"{name}: {exc.message}") from exc
    if not texts:
        raise ValueError("holds no document")
    return texts


def _entries(content: Any) -> Iterator[tuple[str, Any, Any]]:
    """What an entry is called in errors, its id and its text."""
    if not isinstance(content, dict):
        raise ValueError("expected a JSON object: {id: text}, or Apollo's manifest")
    if "format" not in content:
        yield from ((document_id, document_id, text) for document_id, text in content.items())
        return
    operations = content.get("operations")
    if content["format"] != _APOLLO or content.get("version") != 1 or not isinstance(operations, list):
        raise ValueError(f'expected "format": "{_APOLLO}", "version": 1 and a list of "operations"')
    for number, operation in enumerate(operations, 1):
        given = operation if isinstance(operation, dict) else {}
        yield f"operation {number} ({given.get('name', 'unnamed')})", given.get("id"), given.get("body")
