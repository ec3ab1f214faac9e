"""What a run of the harness found, in benchmarks/results."""

import os
from collections.abc import Sequence

from benchmarks.commit import commit
from benchmarks.peers.comparison import Cells
from benchmarks.report import describe_machine, write_results


def write(name: str, title: str, about: str, table: Sequence[str], cells: Cells) -> str:
    """The text of the results: `about` and the number of rounds, and the table."""
    rounds = max(int(cell["rounds"]) for servers in cells.values() for cell in servers.values())
    measured = "one round" if rounds == 1 else f"medians of {rounds} interleaved rounds"
    quick = ", shortened by QUICK=1" if os.environ.get("QUICK") else ""
    lines = [f"# {title}", "", f"{about} Here: {measured}{quick}.", "", *table]
    machine = describe_machine("asyncpg", "uvicorn", "starlette", "graphql-core", "strawberry-graphql")
    return write_results(name, lines, cells, machine | {"cores": str(os.cpu_count()), "commit": commit()})
