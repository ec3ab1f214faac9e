"""Servers with a cache, and requests of which nine of ten find their keys cached."""

import shutil
import subprocess
import tempfile
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.peers.harness import Entry, add_servers, freehold_entry
from benchmarks.peers.rows import FIVE_THOUSAND

PACKAGE = "mercurius-cache@8.0.0"
HOT = 100  # cities
_SERVER = Path(__file__).with_name("mercurius_cache.js")


def prepare_caches(harness: Any) -> None:
    """Add the servers and change what is asked for."""
    folder = _node_folder(Path(harness.HERE))
    command = f"{{NODE}} {_SERVER.name} {{port}}"
    driver = {"DRIVER": "pg"}
    add_servers(
        harness,
        [
            Entry("mercurius-cache", command, folder, environment=driver),
            Entry("mercurius-cache-lists", command, folder, environment=driver | {"CACHED": "lists"}),
            freehold_entry(harness, FIVE_THOUSAND, name="freehold-memory", FREEHOLD_CACHE_URL="memory"),
        ],
    )
    _ask_for_hot_cities(harness)


def _node_folder(harness: Path) -> Path:
    """A copy of the harness's folder for Node with the package installed, kept for the next run."""
    folder = Path(tempfile.gettempdir(), "freehold-peers", PACKAGE)
    if not (folder / "node_modules/mercurius-cache").exists():
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(harness / "node", folder, symlinks=True, ignore=shutil.ignore_patterns("bin26"))
        install = ["npm", "install", PACKAGE, "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        subprocess.run(install, cwd=folder, check=True)
    shutil.copy(_SERVER, folder)
    return folder


def _ask_for_hot_cities(harness: Any) -> None:
    """Single requests ask for cities that are cached. The harness's load reads its requests from a file that it makes
    anew each time, first to warm up a server and then to measure it: only then is every tenth city a new one."""
    limit, city = harness.LIMIT["list"], FIVE_THOUSAND.city
    load, measuring = harness.load, False

    def variables(number: int) -> dict[str, Any]:
        return {"c": city.format(number), "n": limit}

    def bodies_file(shape: str, query: str) -> str:
        chance = Random(7)
        asked = [chance.randrange(HOT) for _ in range(10 * (FIVE_THOUSAND.cities - HOT))]
        if measuring:
            asked[::10] = chance.sample(range(HOT, FIVE_THOUSAND.cities), FIVE_THOUSAND.cities - HOT)
        path = Path(harness.OUT, f"bodies_{shape}_{query}.txt")
        path.write_text("".join(harness.body(shape, query, variables(number)) + "\n" for number in asked))
        return str(path)

    def load_of(server: Any, query: str, seconds: int, connections: int) -> dict[str, Any]:
        nonlocal measuring
        found: dict[str, Any] = load(server, query, seconds, connections)
        if measuring:
            assert found["requests"] < 10 * (FIVE_THOUSAND.cities - HOT), "every city was asked for: measure less long"
        measuring = not measuring
        return found

    harness.variables = lambda _, chance: variables(chance.randrange(HOT))
    harness.bodies_file, harness.load = bodies_file, load_of
