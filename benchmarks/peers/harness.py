"""A peer harness, taken from its folder and taught Freehold; no file of it is changed."""

import importlib.util
import json
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.peers.rows import FIFTY, Rows, address
from benchmarks.peers.shape import QUERIES, deep_answer, freehold_id, spelt_back

NAME = "freehold"
ROOT = Path(__file__).parents[2]
SETTINGS = {
    "FREEHOLD_CACHE_URL": "none",
    "FREEHOLD_LOG_LEVEL": "warning",
    "FREEHOLD_PUBLIC": "read personal",  # the queries ask for owners' addresses
    "FREEHOLD_RATE_LIMIT": "0",
    "FREEHOLD_GRAPHIQL": "false",
}

_PORT = 9700  # and those that follow, a server each


class Entry(NamedTuple):
    """A server beside those that the harness knows; `environment` may name anything that it reads."""

    name: str
    command: str
    folder: Path
    shape: str = "std"
    environment: Mapping[str, str] = {}


def freehold_entry(harness: Any, rows: Rows, *, name: str = NAME, **settings: str) -> Entry:
    """A `freehold serve` of this environment over these rows."""
    environment = {"FREEHOLD_DATABASE_URL": address(harness, rows.freehold), **SETTINGS, **settings}
    return Entry(name, f"{Path(sys.executable).parent}/freehold serve --port {{port}}", ROOT, NAME, environment)


def open_harness(folder: Path, rows: Rows = FIFTY) -> Any:
    """Its `bench.py` as a module that asks for these rows, with Freehold's shape and server added."""
    spec = importlib.util.spec_from_file_location("bench", folder / "bench.py")
    assert spec is not None
    assert spec.loader is not None
    harness: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(harness)
    os.environ["DSN"] = address(harness, rows.peers)
    os.environ["PGOPTIONS"] = f"-c search_path={rows.peers},public"  # what the answers are checked against
    harness.variables = lambda query, chance: rows.variables(query, chance, harness.LIMIT)
    _add_shape(harness)
    add_servers(harness, [freehold_entry(harness, rows)])
    return harness


def add_servers(harness: Any, entries: Sequence[Entry]) -> None:
    """Beside those already there. Every server gets a port of its own, so that nobody else's is in the way."""
    servers = json.loads(Path(os.environ.get("SERVERS") or Path(harness.HERE, "servers.json")).read_text())
    servers["servers"] += [
        {
            "name": entry.name,
            "cwd": str(entry.folder),
            "cmd": entry.command,
            "shape": entry.shape,
            "env": dict(entry.environment),
        }
        for entry in entries
    ]
    for number, server in enumerate(servers["servers"]):
        server["port"] = _PORT + number
    with tempfile.NamedTemporaryFile("w", suffix=".json", delete=False) as file:
        json.dump(servers, file)
    os.environ["SERVERS"] = file.name


def open_servers(harness: Any, names: Sequence[str]) -> list[Any]:
    """The harness's own objects for these servers, not yet started."""
    servers = json.loads(Path(os.environ["SERVERS"]).read_text())
    specs = {spec["name"]: spec for spec in servers["servers"]}
    return [harness.Server(specs[name], servers.get("defaults", {})) for name in names]


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
