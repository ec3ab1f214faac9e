"""A run's results as medians over its rounds, beside the cheapest of the peers that speak GraphQL."""

import json
from collections.abc import Iterable
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.peers.harness import NAME
from benchmarks.report import table

COLUMNS = (
    *("query", "server", "server ms", "Postgres ms", "together ms", "server, of the best", "together, of the best"),
    *("p50 ms", "p99 ms", "statements", "bytes", "RSS MB"),
)
_FIGURES = ("cpu_ms", "pg_cpu_ms", "p50_ms", "p99_ms", "sql_per_req", "bytes_per_req", "rss_mb", "errors")

Cell = dict[str, float]
Cells = dict[str, dict[str, Cell]]  # by query and server


def read_cells(file: Path) -> Cells:
    """The median of each figure, from a file with a measurement a line."""
    measured: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for line in file.read_text().splitlines():
        found = json.loads(line)
        measured.setdefault(found["query"], {}).setdefault(found["server"], []).append(found)
    return {
        query: {server: _medians(rounds) for server, rounds in servers.items()} for query, servers in measured.items()
    }


def _medians(rounds: list[dict[str, Any]]) -> Cell:
    cell = {figure: median(each[figure] for each in rounds) for figure in _FIGURES}
    cell["together_ms"] = median(each["cpu_ms"] + each["pg_cpu_ms"] for each in rounds)
    cell["rounds"] = len(rounds)
    return cell


def cpu_table(cells: Cells) -> list[str]:
    """A row for each query and server."""
    return table(COLUMNS, list(_rows(cells)))


def is_peer(server: str) -> bool:
    """Whether it is another GraphQL server. The harness's `raw-` servers are hand-written endpoints."""
    return not server.startswith((NAME, "raw-"))


def _rows(cells: Cells) -> Iterable[tuple[str, ...]]:
    for query, servers in cells.items():
        peers = [cell for name, cell in servers.items() if is_peer(name)]
        best = {figure: min((cell[figure] for cell in peers), default=0.0) for figure in ("cpu_ms", "together_ms")}
        for name, cell in servers.items():
            yield (
                query,
                name,
                f"{cell['cpu_ms']:.3f}",
                f"{cell['pg_cpu_ms']:.3f}",
                f"{cell['together_ms']:.3f}",
                *(f"{cell[figure] / least:.2f}" if least else "" for figure, least in best.items()),
                f"{cell['p50_ms']:.1f}",
                f"{cell['p99_ms']:.1f}",
                f"{cell['sql_per_req']:.2f}",
                f"{cell['bytes_per_req']:,.0f}",
                f"{cell['rss_mb']:.0f}",
            )


def latency_table(cells: Cells) -> list[str]:
    """Medians and tails, and the median beside that of the endpoint written by hand with Starlette."""
    rows = [
        (
            *(query, server, f"{cell['p50_ms']:.2f}", f"{cell['p50_ms'] / servers['raw-starlette']['p50_ms']:.2f}"),
            *(f"{cell['p99_ms']:.2f}", f"{cell['cpu_ms']:.3f}", f"{cell['sql_per_req']:.2f}"),
        )
        for query, servers in cells.items()
        for server, cell in servers.items()
    ]
    return table(("query", "server", "p50 ms", "of the endpoint's", "p99 ms", "server ms", "statements"), rows)
