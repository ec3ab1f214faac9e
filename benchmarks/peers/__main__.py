"""Freehold beside its peers: `python -m benchmarks.peers HARNESS COMMAND`.

HARNESS is the folder of a peer harness that is set up and whose PostgreSQL runs and is seeded. The commands:

load            copies its rows into PostgreSQL schemas of Freehold's own, and makes those of 5,000 cities
check, run      those of the harness's bench.py, with their options, where a server named freehold has joined
write [FILE]    makes benchmarks/results/peers.{md,json,svg} of the last run, or of the file that --out named

cities          5,000 cities instead of fifty
cached          nine of ten keys cached, beside mercurius-cache
alone           one connection
distance        PostgreSQL 5 and 50 ms away

The last four make benchmarks/results/peers_COMMAND.{md,json}. All but distance check the answers first, and take
--rounds N (3). They and run take --more, which adds to the rounds of the last run. QUICK=1 in the environment shortens
them.
"""

import argparse
import sys
from pathlib import Path

from benchmarks.peers import distance, scenario
from benchmarks.peers.chart import write_chart
from benchmarks.peers.comparison import cpu_table, read_cells
from benchmarks.peers.harness import open_harness
from benchmarks.peers.results import write
from benchmarks.peers.rows import load
from benchmarks.peers.scenarios import SCENARIOS

MEASURED = "out/results.jsonl"
ABOUT = (
    "Milliseconds of CPU a request; 32 connections, 8 for wide; no cache. The best is the cheapest peer that speaks"
    " GraphQL; `raw-` servers are hand-written endpoints. `python -m benchmarks.peers HARNESS run`, then `write`."
)


def write_plain(measured: Path) -> str:
    """The text of the results, with a chart beside it."""
    cells = read_cells(measured)
    write_chart("peers", cells)
    return write("peers", "Freehold beside its peers", ABOUT, cpu_table(cells), cells)


def run_scenario(name: str, folder: Path, options: list[str]) -> str:
    """The text of the results."""
    parser = argparse.ArgumentParser(prog=name)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--more", action="store_true")
    chosen = parser.parse_args(options)
    return scenario.run(SCENARIOS[name], folder, rounds=chosen.rounds, more=chosen.more)


def main() -> int:
    """The exit code."""
    if len(sys.argv) < 3:
        sys.stderr.write(__doc__ or "")
        return 2
    folder = Path(sys.argv[1]).resolve()
    command, *options = sys.argv[2:]
    if command in SCENARIOS:
        sys.stdout.write(run_scenario(command, folder, options))
    elif command == "distance":
        sys.stdout.write(distance.run(folder))
    elif command == "write":
        sys.stdout.write(write_plain(Path(options[0]) if options else folder / MEASURED))
    elif command == "load":
        load(open_harness(folder))
    else:
        if command == "run" and not {"--more", "--out"} & set(options):
            (folder / MEASURED).unlink(missing_ok=True)
        sys.argv = ["bench.py", command, *(option for option in options if option != "--more")]
        return int(open_harness(folder).main())
    return 0


if __name__ == "__main__":
    sys.exit(main())
