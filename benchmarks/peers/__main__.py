"""Freehold beside its peers: `python -m benchmarks.peers HARNESS load`, then `check` or `run`.

HARNESS is the folder of a peer harness that is set up and whose PostgreSQL runs and is seeded. `load` copies its rows
into a PostgreSQL schema of Freehold's own; the others, and their options, are those of the harness's `bench.py`,
where a server named freehold has joined.
"""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks.peers.harness import NAME, database_url, open_harness

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


def main() -> int:
    if len(sys.argv) < 3:
        sys.stderr.write(__doc__ or "")
        return 2
    folder = Path(sys.argv.pop(1)).resolve()
    harness = open_harness(folder)
    if sys.argv[1] == "load":
        load(harness)
        return 0
    return int(harness.main())


if __name__ == "__main__":
    sys.exit(main())
