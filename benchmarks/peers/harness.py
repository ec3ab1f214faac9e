"""A peer harness, taken from its folder and taught Freehold; no file of it is changed."""

import importlib.util
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.peers.shape import QUERIES, deep_answer, freehold_id, spelt_back

NAME = "freehold"
ROOT = Path(__file__).parents[2]

_PORT = 9130
_SETTINGS = {
    "FREEHOLD_CACHE_URL": "none",
    "FREEHOLD_LOG_LEVEL": "warning",
    "FREEHOLD_PUBLIC": "read personal",  # the queries ask for owners' addresses
    "FREEHOLD_RATE_LIMIT": "0",
    "FREEHOLD_GRAPHIQL": "false",
}


def open_harness(folder: Path) -> Any:
    """Its `bench.py` as a module, with Freehold's shape and server added."""
    spec = importlib.util.spec_from_file_location("bench", folder / "bench.py")
    assert spec is not None
    assert spec.loader is not None
    harness = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(harness)
    _add_shape(harness)
    _add_server(harness, folder)
    return harness


def database_url(harness: Any) -> str:
    """Where Freehold finds its own tables: beside the peers', so that statements are counted alike."""
    return f"postgresql://bench@127.0.0.1:{harness.PGPORT}/bench?search_path={NAME}"


def _add_shape(harness: Any) -> None:
    body, norm, expected = harness.body, harness.norm, harness.expected
    harness.SHAPES[NAME] = QUERIES
    asked_by_freehold = False

    def body_of(shape: str, query: str, variables: dict[str, Any]) -> str:
        nonlocal asked_by_freehold
        asked_by_freehold = shape == NAME
        if asked_by_freehold and "id" in variables:
            variables = {"id": freehold_id(variables["id"])}
        return str(body(shape, query, variables))

    def expected_of(query: str, variables: dict[str, Any]) -> Any:
        if asked_by_freehold and query == "deep":
            return deep_answer(variables, harness.psql)
        return expected(query, variables)

    harness.body, harness.expected = body_of, expected_of
    harness.norm = lambda value: spelt_back(norm(value))


def _add_server(harness: Any, folder: Path) -> None:
    servers = json.loads((folder / "servers.json").read_text())
    entry: dict[str, Any] = {
        "name": NAME,
        "cwd": str(ROOT),
        "cmd": f"{Path(sys.executable).parent}/freehold serve --port {{port}}",
        "port": _PORT,
        "shape": NAME,
        "env": {"FREEHOLD_DATABASE_URL": database_url(harness), **_SETTINGS},
    }
    servers["servers"].append(entry)
    with tempfile.NamedTemporaryFile("w", suffix=".json", delete=False) as file:
        json.dump(servers, file)
    os.environ["SERVERS"] = file.name
