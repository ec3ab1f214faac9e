"""A run with servers, queries, rows and connections of its own, and its results beside those of the plain run."""

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.peers.comparison import Cells, read_cells
from benchmarks.peers.harness import open_harness
from benchmarks.peers.results import write
from benchmarks.peers.rows import FIFTY, Rows


class Scenario(NamedTuple):
    """`about` says what was done, in sentences that the results begin with; `prepare` changes the opened harness."""

    name: str
    title: str
    about: str
    servers: Sequence[str]
    queries: Sequence[str]
    table: Callable[[Cells], list[str]]
    connections: int = 32
    rows: Rows = FIFTY
    prepare: Callable[[Any], None] = lambda _: None


def run(scenario: Scenario, folder: Path, *, rounds: int, more: bool) -> str:
    """Check every server's answers, time them, and write the results; `more` adds to the rounds of earlier runs."""
    harness = open_harness(folder, scenario.rows)
    harness.OUT = str(folder / "out" / scenario.name)
    scenario.prepare(harness)
    measured = Path(harness.OUT, "results.jsonl")
    if not more:
        measured.unlink(missing_ok=True)
    chosen = ["--servers", ",".join(scenario.servers), "--queries", ",".join(scenario.queries)]
    _call(harness, "check", *chosen)
    _call(harness, "run", *chosen, "--rounds", str(rounds), "--conns", str(scenario.connections))
    cells = read_cells(measured)
    return write(f"peers_{scenario.name}", scenario.title, scenario.about, scenario.table(cells), cells)


def _call(harness: Any, *arguments: str) -> None:
    sys.argv = ["bench.py", *arguments]
    if harness.main():
        sys.exit(f"{arguments[0]} failed: see above, and {os.path.join(harness.HERE, 'logs')}")
