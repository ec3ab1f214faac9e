"""The slope from 50 to 5,000 rows: `python -m benchmarks.slope`. Starts a Postgres and a server of its own; Linux.

One connection asks one request after the other. A city's list has 500 rows at most, so every request asks for ten
cities at once, by aliases; beside them one city alone, as far as that goes. Two minutes.
"""

import asyncio
import sys
from collections.abc import Iterator, Sequence
from statistics import linear_regression

from benchmarks.commit import commit
from benchmarks.report import describe_machine, table, write_results
from benchmarks.server.__main__ import SETTINGS, Figures, measure
from benchmarks.server.load import Case
from tests.postgres_server import open_empty_database, open_postgres_server
from tests.server.process import environment, run_freehold, serving

ROWS = (50, 100, 500, 1000, 2500, 5000)
CITIES = ("Berlin", "München", "Hamburg", "Paris", "Wien", "Madrid", "Barcelona", "Lisboa", "Roma", "São Paulo")
ONE_CITY = 500
LISTINGS = 40_000  # enough for 500 active ones in each city
MAX_COST = "50000"  # the default, 5,000, lets no such request through
_FIELDS = "id address city price status owner {{ id name email }}"
_LIST = f'city{{}}: propertiesByCity(city: "{{}}", limit: $limit) {{{{ {_FIELDS} }}}}'


def case(rows: int, cities: Sequence[str]) -> Case:
    """So many listings with their owners, the same number of each city."""
    lists = "\n".join(_LIST.format(number, city) for number, city in enumerate(cities))
    return Case(f"query Slope($limit: Int!) {{ {lists} }}", [{"limit": rows // len(cities)}], connections=1)


async def run(server_url: str) -> dict[str, dict[int, Figures]]:
    """The figures by rows, of ten cities and of one."""
    async with open_empty_database(server_url) as url:
        env = environment(FREEHOLD_DATABASE_URL=url)
        for command in (["migrate"], ["seed", "--owners", str(LISTINGS // 8), "--properties", str(LISTINGS)]):
            ended = await asyncio.to_thread(run_freehold, *command, env=env)
            assert ended.returncode == 0, ended.stderr
        cases = {"ten cities": CITIES, "one city": CITIES[:1]}
        with serving(url, **SETTINGS, FREEHOLD_MAX_COST=MAX_COST) as server:
            return {
                name: {
                    rows: await measure(server.url, server.process.pid, url, case(rows, cities))
                    for rows in ROWS
                    if rows <= ONE_CITY * len(cities)
                }
                for name, cities in cases.items()
            }


def cells(figures: dict[int, Figures]) -> Iterator[tuple[str, ...]]:
    """A line for each number of rows; µs of one row more, between the line above and this one."""
    above: tuple[int, Figures] | None = None
    for rows, now in figures.items():
        more: tuple[str, ...] = ("", "")
        if above is not None:
            fewer, then = above
            spent = (now.server - then.server, now.database - then.database)
            more = tuple(f"{ms / (rows - fewer) * 1000:.1f}" for ms in spent)
        yield f"{rows:,}", f"{now.server:.2f}", more[0], f"{now.database:.2f}", more[1], f"{now.size:,}"
        above = rows, now


def judge(figures: dict[int, Figures]) -> str:
    """How well a line fits the server's CPU."""
    rows = list(figures)
    spent = [each.server for each in figures.values()]
    slope, start = linear_regression(rows, spent)
    miss = max(abs(start + slope * count - ms) / ms for count, ms in zip(rows, spent, strict=True) if count >= ONE_CITY)
    grown = spent[-1] / spent[0] / (rows[-1] / rows[0])
    return (
        f"The server's CPU is {start:.2f} ms and {slope * 1000:.1f} µs a row: from {ONE_CITY} rows on this line"
        f" misses by {miss:.0%} at most. {rows[-1] // rows[0]} times the rows cost {spent[-1] / spent[0]:.0f} times as"
        f" much, {grown:.2f} times a row."
    )


def main() -> None:
    """Measure, write the results and show them."""
    with open_postgres_server() as server_url:
        results = asyncio.run(run(server_url))
    lines = [
        "# The slope from 50 to 5,000 rows",
        "",
        "Milliseconds of CPU a request, listings each with its owner, and µs of one row more than in the line above."
        f" One connection, no cache, `FREEHOLD_MAX_COST={MAX_COST}`. `python -m benchmarks.slope`.",
    ]
    columns = ("rows", "server ms", "µs a row more", "Postgres ms", "µs a row more", "bytes")
    for name, figures in results.items():
        lines += ["", f"## {name.capitalize()}", "", *table(columns, list(cells(figures))), "", judge(figures)]
    described = {name: {str(rows): each._asdict() for rows, each in of.items()} for name, of in results.items()}
    machine = describe_machine("asyncpg", "uvicorn", "graphql-core", "strawberry-graphql") | {"commit": commit()}
    sys.stdout.write(write_results("slope", lines, described, machine))


if __name__ == "__main__":
    main()
