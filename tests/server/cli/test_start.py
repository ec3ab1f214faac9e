"""A start imports only what its settings need."""

import re
import subprocess
import sys

import pytest

from tests.server.process import serving

_IMPORTED = re.compile(r"import time:\s+\d+ \|\s+\d+ \|\s+(\w+)")
NEVER = {
    "annotated_types",
    "cryptography",
    "dotenv",
    "httpx",
    "importlib_metadata",
    "jwt",
    "pydantic",
    "pydantic_core",
    "redis",
}
"""Packages that are heavy, and that settings without tokens of an issuer and without Redis don't need."""
DRIVERS = {"sqlite": {"aiosqlite", "sqlite3"}, "postgresql": {"asyncpg"}}


@pytest.mark.usefixtures("unmeasured")
def test_a_start_imports_no_package_that_its_settings_do_not_need(database_url: str) -> None:
    with serving(database_url, PYTHONPROFILEIMPORTTIME="1") as server:
        imported = {found[1] for line in server.before if (found := _IMPORTED.match(line))}
    assert {"strawberry", "graphql"} <= imported
    assert imported.isdisjoint(NEVER)
    own = database_url.partition(":")[0]
    for scheme, packages in DRIVERS.items():
        assert packages <= imported if scheme == own else packages.isdisjoint(imported)


@pytest.mark.usefixtures("unmeasured")
def test_no_later_collection_visits_what_a_command_imported() -> None:
    run = "freehold(['schema'], standalone_mode=False); print(gc.get_freeze_count(), gc.isenabled())"
    command = [sys.executable, "-c", f"import gc; from server.cli.commands import freehold; {run}"]
    frozen, is_enabled = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[-2:]
    assert int(frozen) > 50_000
    assert is_enabled == "True"
