"""How many instructions a request takes: `python -m benchmarks.instructions`. Needs valgrind; Linux.

Instructions are the same on a machine that others keep busy, and show what bytecodes hide. A few minutes. With Python
3.12 or later it also says which functions they are spent in, and takes a few more for saying so.
"""

import asyncio
import re
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from benchmarks.commit import commit
from benchmarks.instructions.profile import Profile, read_profile
from benchmarks.report import describe_machine, table, write_results
from benchmarks.server.__main__ import SETTINGS, filled_database, find_cases
from benchmarks.server.load import SEED, Case, load
from tests.postgres_server import open_postgres_server
from tests.server.process import serving

WARM_UP, SECONDS = 4.0, 10.0
_SERVER = "benchmarks.instructions.serve"
_MOST_FUNCTIONS = 40
_ROOT = Path(__file__).parents[2]
_ELSEWHERE = re.compile(r"/.*/(?:site-packages|lib/python3\.\d+)/")


def _control(pid: int, *arguments: str) -> None:
    subprocess.run(["callgrind_control", *arguments, str(pid)], check=True, capture_output=True)


async def count(url: str, pid: int, case: Case, counted: Path) -> Profile:
    """Of one of the requests of some seconds."""
    await load(url, case, WARM_UP)
    _control(pid, "--instr=on")
    requests, _ = await load(url, case, SECONDS)
    _control(pid, "--instr=off")
    before = set(counted.parent.iterdir())
    _control(pid, "--dump")
    (written,) = set(counted.parent.iterdir()) - before
    profile = read_profile(written, Path(f"/tmp/perf-{pid}.map"))
    functions = Counter({name: total // requests for name, total in profile.functions.items()})
    return Profile(profile.total // requests, functions)


async def run(server_url: str, folder: Path) -> dict[str, tuple[Profile, Profile]]:
    """Of one request by itself, and of one among those that its case sends at once."""
    counted = folder / "counted"
    valgrind = ["valgrind", "--tool=callgrind", "--instr-atstart=no", f"--callgrind-out-file={counted}"]
    async with filled_database(server_url) as url:
        cases = await find_cases(url)
        settings = SETTINGS | {"PYTHONPERFSUPPORT": "1", "FREEHOLD_REQUEST_TIMEOUT": "60"}
        with serving(url, program=_SERVER, under=[*valgrind, "--log-file=/dev/null"], **settings) as server:
            pid = server.process.pid
            return {
                name: (
                    await count(server.url, pid, case._replace(connections=1), counted),
                    await count(server.url, pid, case, counted),
                )
                for name, case in cases.items()
            }


def main() -> None:
    """Count, write the results and show them."""
    with open_postgres_server() as server_url, tempfile.TemporaryDirectory() as folder:
        results = asyncio.run(run(server_url, Path(folder)))
    each = {name: {"alone": alone.total, "together": among.total} for name, (alone, among) in results.items()}
    lines = [
        "# How many instructions a request takes",
        "",
        "Of the server's process, without the kernel: of a request by itself, the same each time, and of one among 32"
        " at once (8 for wide), which share statements as it happens. No cache. `python -m benchmarks.instructions`.",
        "",
        *table(
            ("query", "by itself", "among others"),
            [(name, *(f"{count:,}" for count in counts.values())) for name, counts in each.items()],
        ),
    ]
    for name, (alone, _) in results.items():
        if alone.functions:
            rows = [
                (_ELSEWHERE.sub("", function.replace(f"{_ROOT}/", "")), f"{instructions:,}")
                for function, instructions in alone.functions.most_common(_MOST_FUNCTIONS)
            ]
            lines += [
                "",
                f"## {name}, by itself",
                "",
                *table(("function, with all that it calls", "instructions"), rows),
            ]
    machine = describe_machine("asyncpg", "uvicorn", "starlette", "graphql-core", "strawberry-graphql")
    sys.stdout.write(write_results("instructions", lines, each, machine | {"seed": str(SEED), "commit": commit()}))


if __name__ == "__main__":
    main()
