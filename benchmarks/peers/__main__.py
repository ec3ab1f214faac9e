"""Freehold beside its peers: `python -m benchmarks.peers HARNESS load`, then `check`, `run` and `write`.

HARNESS is the folder of a peer harness that is set up and whose PostgreSQL runs and is seeded. `load` copies its rows
into a PostgreSQL schema of Freehold's own. `check` and `run`, with their options, are those of the harness's
`bench.py`, where a server named freehold has joined. `write` makes benchmarks/results/peers.{md,json} of the last run.
"""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks.commit import commit
from benchmarks.peers.comparison import COLUMNS, read_cells, rows_of
from benchmarks.peers.harness import NAME, database_url, open_harness
from benchmarks.report import describe_machine, table, write_results

LOADING = Path(__file__).with_name("freehold.sql")


def load(harness: Any) -> None:
    """Make Freehold's tables anew and fill them with the peers' rows."""
    harness.psql(f"DROP SCHEMA IF EXISTS {NAME} CASCADE")
    harness.psql(f"CREATE SCHEMA {NAME}")
    freehold = Path(sys.executable).with_name("freehold")
    environment = {**os.environ, "FREEHOLD_DATABASE_URL": database_url(harness)}
    subprocess.run([freehold, "migrate"], check=True, env=environment)
    target = ["-h", "127.0.0.1", "-p", harness.PGPORT, "-U", "bench", "-d", "bench"]
    subprocess.run(["psql", "-q", "-v", "ON_ERROR_STOP=1", *target, "-f", LOADING], check=True)


def write(results: Path) -> str:
    """The text of the results, medians over the rounds."""
    cells = read_cells(results)
    rounds = max(int(cell["rounds"]) for servers in cells.values() for cell in servers.values())
    lines = [
        "# Freehold beside its peers",
        "",
        f"Milliseconds of CPU a request, medians of {rounds} interleaved rounds of one run; 32 connections, 8 for"
        " wide; no cache. The best is the cheapest peer that speaks GraphQL; `raw-` servers are hand-written"
        " endpoints. `python -m benchmarks.peers HARNESS run`, then `write`.",
        "",
        *table(COLUMNS, list(rows_of(cells))),
    ]
    machine = describe_machine("asyncpg", "uvicorn", "starlette", "graphql-core", "strawberry-graphql")
    return write_results("peers", lines, cells, machine | {"cores": str(os.cpu_count()), "commit": commit()})


def main() -> int:
    """The exit code."""
    if len(sys.argv) < 3:
        sys.stderr.write(__doc__ or "")
        return 2
    folder = Path(sys.argv.pop(1)).resolve()
    if sys.argv[1] == "write":
        results = sys.argv[2] if len(sys.argv) > 2 else folder / "out/results.jsonl"
        sys.stdout.write(write(Path(results)))
        return 0
    harness = open_harness(folder)
    if sys.argv[1] == "load":
        load(harness)
        return 0
    return int(harness.main())


if __name__ == "__main__":
    sys.exit(main())
