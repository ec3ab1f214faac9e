"""Trusted documents: manifests of Relay and Apollo, enforced or logged."""

import hashlib
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from server.persisted.manifest import InvalidManifest, read_manifest
from tests.server.clients import running
from tests.server.process import environment, run_freehold

TRUSTED = "query Currency { currency }"
DIGEST = hashlib.sha256(TRUSTED.encode()).hexdigest()
MD5 = hashlib.md5(TRUSTED.encode(), usedforsecurity=False).hexdigest()
SHA1 = hashlib.sha1(TRUSTED.encode(), usedforsecurity=False).hexdigest()
OTHER_DIGEST = hashlib.sha256(b"the text before it was printed").hexdigest()
RELAY = {MD5: TRUSTED}
APOLLO = {
    "format": "apollo-persisted-query-manifest",
    "version": 1,
    "operations": [{"id": DIGEST, "name": "Currency", "type": "query", "body": TRUSTED}],
}


def persisted(digest: str) -> dict[str, Any]:
    """As Apollo's link sends it."""
    return {"persistedQuery": {"version": 1, "sha256Hash": digest}}


def a_manifest(folder: Path, content: Any) -> str:
    path = folder / "manifest.json"
    text = content if isinstance(content, str) else json.dumps(content)
    path.write_bytes(text.encode(errors="surrogateescape"))
    return str(path)


def code_of(response: httpx.Response) -> str | None:
    errors = response.json().get("errors")
    return errors[0]["extensions"]["code"] if errors else None


@pytest.mark.parametrize(
    ("manifest", "request_"),
    [
        (RELAY, {"doc_id": MD5}),
        (RELAY, {"documentId": MD5}),
        (RELAY, {"id": MD5}),
        (RELAY, {"query": TRUSTED}),
        (APOLLO, {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": DIGEST}}}),
        (APOLLO, {"documentId": DIGEST}),
        (APOLLO, {"query": TRUSTED}),
        ({f"sha256:{DIGEST}": TRUSTED}, {"documentId": f"sha256:{DIGEST}"}),
        ({f"sha256:{DIGEST}": TRUSTED}, {"documentId": DIGEST}),
        ({f"sha256:{DIGEST}": TRUSTED}, {"extensions": persisted(f"sha256:{DIGEST}")}),
        ({f"sha256:{DIGEST}": TRUSTED}, {"extensions": persisted(DIGEST)}),
        ({DIGEST: TRUSTED}, {"documentId": f"sha256:{DIGEST}"}),
        ({f"sha1:{SHA1}": TRUSTED}, {"extensions": persisted(SHA1)}),
        ({SHA1: TRUSTED}, {"extensions": persisted(SHA1)}),
        ({SHA1: TRUSTED}, {"extensions": persisted(f"sha1:{SHA1}")}),
        ({SHA1: TRUSTED}, {"extensions": persisted(DIGEST)}),
        ({"Currency@1": TRUSTED}, {"extensions": persisted("Currency@1")}),
        ({"Currency@1": TRUSTED}, {"query": TRUSTED, "extensions": persisted("Currency@1")}),
        ({OTHER_DIGEST: TRUSTED}, {"extensions": persisted(OTHER_DIGEST)}),
        ({OTHER_DIGEST: TRUSTED}, {"query": TRUSTED, "extensions": persisted(OTHER_DIGEST)}),
    ],
)
async def test_a_document_of_the_manifest_is_answered_by_its_id_and_by_its_text(
    sqlite_url: str, tmp_path: Path, manifest: Any, request_: dict[str, Any]
) -> None:
    async with running(sqlite_url, trusted_documents=a_manifest(tmp_path, manifest)) as client:
        response = await client.post("/graphql", json=request_)
        assert response.json() == {"data": {"currency": "EUR"}}


@pytest.mark.parametrize("nothing", [None, "", 0, False, []])
async def test_an_empty_id_names_no_document(sqlite_url: str, nothing: object) -> None:
    async with running(sqlite_url) as client:
        response = await client.post("/graphql", json={"query": "{ currency }", "id": nothing})
        assert response.json() == {"data": {"currency": "EUR"}}


@pytest.mark.parametrize("name", ["documentId", "doc_id", "id"])
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_an_id_beside_the_text_of_another_document_is_refused(
    sqlite_url: str, tmp_path: Path, method: str, name: str
) -> None:
    path = a_manifest(tmp_path, RELAY)
    async with running(sqlite_url, trusted_documents=path, trusted_documents_mode="log", public="read") as client:
        for query, status in ((TRUSTED, 200), ("{ currency }", 400)):
            given = {"query": query, name: MD5}
            how: dict[str, Any] = {"params": given} if method == "GET" else {"json": given}
            headers = {"accept": "application/graphql-response+json"}
            response = await client.request(method, "/graphql", headers=headers, **how)
            assert response.status_code == status
        assert response.json()["errors"][0]["message"] == "The id is not the query's."
        assert response.headers["cache-control"] == "no-store"


async def test_nothing_else_is_answered_where_it_is_enforced(sqlite_url: str, tmp_path: Path) -> None:
    async with running(sqlite_url, trusted_documents=a_manifest(tmp_path, RELAY)) as client:
        for query in ("{ currency }", TRUSTED + " ", "{ __schema { types { name } } }"):
            response = await client.post("/graphql", json={"query": query})
            assert response.status_code == 403
            assert code_of(response) == "DOCUMENT_NOT_TRUSTED"
            digest = hashlib.sha256(query.encode()).hexdigest()
            persisted = {"persistedQuery": {"version": 1, "sha256Hash": digest}}
            response = await client.post("/graphql", json={"query": query, "extensions": persisted})
            assert code_of(response) == "DOCUMENT_NOT_TRUSTED"
            assert code_of(await client.post("/graphql", json={"extensions": persisted})) == "PERSISTED_QUERY_NOT_FOUND"
        assert code_of(await client.post("/graphql", json={"doc_id": "x"})) == "PERSISTED_QUERY_NOT_FOUND"


async def test_everything_is_answered_and_the_rest_logged_where_it_is_only_watched(
    sqlite_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings = {"trusted_documents": a_manifest(tmp_path, RELAY), "trusted_documents_mode": "log"}
    async with running(sqlite_url, **settings) as client:  # type: ignore[arg-type]
        assert (await client.post("/graphql", json={"doc_id": MD5})).json()["data"]
        assert "manifest" not in caplog.text
        assert (await client.post("/graphql", json={"query": "{ currency }"})).json()["data"]
        assert hashlib.sha256(b"{ currency }").hexdigest() in caplog.text


async def test_a_trusted_document_is_checked_like_any_other(sqlite_url: str, tmp_path: Path) -> None:
    dear = "{ owners(first: 100) { nodes { properties(first: 100) { nodes { id } } } } }"
    async with running(sqlite_url, trusted_documents=a_manifest(tmp_path, {"dear": dear})) as client:
        assert code_of(await client.post("/graphql", json={"documentId": "dear"})) == "COST_EXCEEDED"


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("", "is not JSON"),
        ("{", "is not JSON: unexpected end"),
        ("\udcff", "is not JSON"),
        ([], "expected a JSON object"),
        ({}, "holds no document"),
        ({"a": 5}, "a has no text"),
        ({"": TRUSTED}, "has no id"),
        (APOLLO | {"operations": []}, "holds no document"),
        (APOLLO | {"operations": [{"id": "a", "name": "A"}]}, r"operation 1 \(A\) has no text"),
        (APOLLO | {"operations": [{"body": TRUSTED}]}, r"operation 1 \(unnamed\) has no id"),
        (APOLLO | {"operations": ["a"]}, r"operation 1 \(unnamed\) has no id"),
        (APOLLO | {"operations": {}}, 'a list of "operations"'),
        (APOLLO | {"version": 2}, '"version": 1'),
        (APOLLO | {"format": "other"}, 'expected "format": "apollo-persisted-query-manifest"'),
        ({"format": "apollo-persisted-query-manifest"}, 'a list of "operations"'),
        (
            APOLLO | {"operations": [{"id": "a", "body": "{ a }"}, {"id": "a", "body": "{ b }"}]},
            r"operation 2 \(unnamed\) has the id of another document: a",
        ),
        ({"broken": "query {"}, "broken: Syntax Error"),
    ],
)
def test_a_manifest_that_is_none_stops_the_server_with_a_line(
    sqlite_url: str, tmp_path: Path, content: Any, complaint: str
) -> None:
    path = a_manifest(tmp_path, content)
    with pytest.raises(InvalidManifest, match=complaint):
        read_manifest(Path(path))
    env = environment(FREEHOLD_DATABASE_URL=sqlite_url, FREEHOLD_PORT="0", FREEHOLD_TRUSTED_DOCUMENTS=path)
    ended = run_freehold("serve", env=env)
    assert ended.returncode == 1
    assert ended.stderr.startswith("Error: FREEHOLD_TRUSTED_DOCUMENTS: ")


def test_a_missing_manifest_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidManifest, match="No such file"):
        read_manifest(tmp_path / "none.json")
