"""A cold start: `python -m benchmarks.start`. From running the command to its first answer; Linux.

Modules are in the system's cache and compiled, as where the command ran before or pip installed it. CPU time is that
of the process until its answer; wall time hangs on what else the machine does. The quietest run counts.
"""

import asyncio
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import httpx

from benchmarks.commit import commit
from benchmarks.processes import cpu, memory
from benchmarks.report import describe_machine, table, write_results
from tests.postgres_server import open_empty_database, open_postgres_server
from tests.server.process import environment, run_freehold, serving

RUNS = 15
_IMPORTED = re.compile(r"import time:\s+(\d+) \|\s+\d+ \|\s+([\w.]+)")
_QUERY = {"query": '{ propertiesByCity(city: "Berlin", limit: 3) { address owner { name } } }'}
_GREATEST = 14
"""Packages told apart."""


class Start(NamedTuple):
    """Seconds until the first answer, those of CPU among them, and the MB that the process then holds."""

    wall: float
    cpu: float
    rss: float


def time_start(url: str) -> Start:
    """Of a server over this database, on a free port."""
    begun = time.perf_counter()
    with serving(url) as server:
        answer = httpx.post(server.url, json=_QUERY)
        taken = Start(time.perf_counter() - begun, cpu(server.process.pid), memory([server.process.pid]).rss)
    assert "errors" not in answer.json(), answer.text
    return taken


def time_command(*arguments: str) -> float:
    """Seconds of the command from its beginning to its end."""
    begun = time.perf_counter()
    ended = run_freehold(*arguments, env=environment())
    assert ended.returncode == 0, ended.stderr
    return time.perf_counter() - begun


def imported() -> Counter[str]:
    """Milliseconds that importing each package takes by itself, in the quietest of some runs."""
    found = []
    for _ in range(5):
        command = [sys.executable, "-X", "importtime", "-c", "import server.cli.serve"]
        lines = subprocess.run(command, capture_output=True, text=True, check=True).stderr
        packages: Counter[str] = Counter()
        for micros, module in _IMPORTED.findall(lines):
            packages[module.partition(".")[0]] += int(micros) / 1000  # type: ignore[assignment]
        found.append(packages)
    return min(found, key=Counter.total)


@contextmanager
def prepared(url: str) -> Iterator[str]:
    """A database with demo data."""
    for command in (["migrate"], ["seed", "--owners", "200", "--properties", "1000"]):
        ended = run_freehold(*command, env=environment(FREEHOLD_DATABASE_URL=url))
        assert ended.returncode == 0, ended.stderr
    yield url


def over_sqlite() -> Start:
    """The quietest start over a file."""
    with tempfile.TemporaryDirectory() as folder, prepared(f"sqlite:///{Path(folder) / 'start.db'}") as url:
        return min(time_start(url) for _ in range(RUNS))


def over_postgres() -> Start:
    """The quietest start over a server."""

    async def run(server: str) -> Start:
        async with open_empty_database(server) as url:
            return await asyncio.to_thread(_quietest, url)

    with open_postgres_server() as server:
        return asyncio.run(run(server))


def _quietest(url: str) -> Start:
    with prepared(url):
        return min(time_start(url) for _ in range(RUNS))


def main() -> None:
    """Measure, write the results and show them."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    run_freehold("serve", "--help", env=environment())  # compiles what is not compiled yet
    starts = {"SQLite": over_sqlite(), "Postgres": over_postgres()}
    shown = min(time_command("--help") for _ in range(RUNS))
    packages = imported()
    rows = [
        (f"`freehold serve`, {name}", f"{each.wall:.2f}", f"{each.cpu:.2f}", f"{each.rss:.0f}")
        for name, each in starts.items()
    ]
    rows.append(("`freehold --help`", f"{shown:.2f}", "", ""))
    most = packages.most_common(_GREATEST)
    rest = packages.total() - sum(each for _, each in most)
    lines = [
        "# Cold start",
        "",
        f"Seconds from running the command to its first answer, a query; the quietest of {RUNS} runs."
        " `python -m benchmarks.start`.",
        "",
        *table(("", "seconds", "CPU seconds", "RSS MB"), rows),
        "",
        f"Imports take {packages.total():.0f} ms in all, each package without what it imports itself:",
        "",
        *table(("package", "ms"), [*((name, f"{each:.0f}") for name, each in most), ("others", f"{rest:.0f}")]),
    ]
    machine = describe_machine("strawberry-graphql", "graphql-core", "msgspec", "uvicorn") | {"commit": commit()}
    described = {name: each._asdict() for name, each in starts.items()} | {"help": shown, "imports": dict(packages)}
    sys.stdout.write(write_results("start", lines, described, machine))


if __name__ == "__main__":
    main()
