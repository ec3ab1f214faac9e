"""Ten thousand listings and a million: `python -m benchmarks.scale`. Starts a Postgres and servers of its own.

Takes some twenty minutes, most of them to fill the databases, and 5 GB of the disk that holds temporary files.
"""

import asyncio
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from benchmarks.commit import commit
from benchmarks.report import describe_machine, table, write_results
from benchmarks.scale.database import Measured, measure
from benchmarks.scale.filling import fill
from benchmarks.scale.importing import CHANGED
from benchmarks.scale.plans import explain
from benchmarks.scale.questions import DEEP
from tests.postgres_server import open_empty_database, open_postgres_server

SIZES = (10_000, 1_000_000)
GROWN, NOISE = 1.5, 0.5  # times; ms


class Compared(NamedTuple):
    """One database at both sizes, and the plans of what grew, by question."""

    small: Measured
    great: Measured
    plans: dict[str, str]


async def compare(urls: Sequence[str]) -> Compared:
    """Of two empty databases of one kind: the second gets the greater size."""
    fillings = [await asyncio.to_thread(fill, url, listings) for url, listings in zip(urls, SIZES, strict=True)]
    small, _ = await measure(urls[0], fillings[0])
    great, questions = await measure(urls[1], fillings[1])
    plans = {}
    for question in questions:
        before, after = small.answers[question.name].ms, great.answers[question.name].ms
        if after > before * GROWN and after > before + NOISE:
            plans[question.name] = await asyncio.to_thread(explain, urls[1], question)
    return Compared(small, great, plans)


async def run(server_url: str) -> dict[str, Compared]:
    """Both databases, one after the other."""
    with tempfile.TemporaryDirectory(prefix="freehold-") as folder:
        sqlite = await compare([f"sqlite:///{folder}/{listings}.db" for listings in SIZES])
    async with open_empty_database(server_url) as first, open_empty_database(server_url) as second:
        return {"SQLite": sqlite, "Postgres": await compare([first, second])}


def describe(name: str, compared: Compared) -> Iterator[str]:
    """A database's part of the report."""
    small, great, plans = compared
    yield from ("", f"## {name}", "")
    yield from table(("", *(f"{listings:,} listings" for listings in SIZES), "times"), list(_whole(small, great)))
    yield ""
    columns = ("asked for", "ms", "holds", "ms", "holds", "times")
    yield from table(columns, list(_answers(small, great)))
    if plans:
        yield from ("", f"What grew more than {GROWN} times, at {SIZES[-1]:,} listings:")
    for question, plan in plans.items():
        yield from ("", f"### {name}: {question}", "", "```", plan.strip(), "```")


def _whole(small: Measured, great: Measured) -> Iterator[tuple[str, ...]]:
    """What concerns the whole database."""
    (few, many), (before, after) = (small.filling, great.filling), (small.transfer, great.transfer)
    yield "rows, all tables", f"{few.rows:,}", f"{many.rows:,}", _times(few.rows, many.rows)
    yield "`freehold seed`", f"{few.seconds:.1f} s", f"{many.seconds:.1f} s", _times(few.seconds, many.seconds)
    speeds = [filling.rows / filling.seconds for filling in (few, many)]
    yield "rows a second", *(f"{speed:,.0f}" for speed in speeds), _times(*speeds)
    yield "size", *(f"{filling.size / 1e6:,.0f} MB" for filling in (few, many)), _times(few.size, many.size)
    labels = ("`freehold export`", f"import of {CHANGED:,} changed", "the same file again")
    for label, first, second in zip(labels, before, after, strict=True):
        yield label, f"{first:.1f} s", f"{second:.1f} s", _times(first, second)


def _answers(small: Measured, great: Measured) -> Iterator[tuple[str, ...]]:
    for name, before in small.answers.items():
        after = great.answers[name]
        cells = [(f"{each.ms:,.1f}", each.error or each.answer) for each in (before, after)]
        yield name, *cells[0], *cells[1], _times(before.ms, after.ms)


def _times(before: float, after: float) -> str:
    return f"{after / before:.1f}"


def _plain(compared: Compared) -> Mapping[str, object]:
    def of(measured: Measured) -> Mapping[str, object]:
        answers = {name: answered._asdict() for name, answered in measured.answers.items()}
        return {"filling": measured.filling._asdict(), "transfer": measured.transfer._asdict(), "answers": answers}

    return {"small": of(compared.small), "great": of(compared.great), "plans": compared.plans}


def write(results: Mapping[str, Compared]) -> str:
    """The report's text."""
    lines = [
        f"# {SIZES[0]:,} and {SIZES[1]:,} listings",
        "",
        "Demo data, an owner for ten listings, seeded at the lowest priority. Milliseconds of the median request of one"
        " client, one after the other, on a server of one worker without a cache; what the answer holds. Postgres as it"
        f" comes, but that it does not wait for the disk. Page {DEEP:,} was reached by its cursor, page by page. The"
        f" import gives {CHANGED:,} listings, drawn by chance, another price. `python -m benchmarks.scale`.",
    ]
    for name, compared in results.items():
        lines += describe(name, compared)
    machine = describe_machine("asyncpg", "aiosqlite", "uvicorn") | {"cores": str(os.cpu_count()), "commit": commit()}
    return write_results("scale", lines, {name: _plain(each) for name, each in results.items()}, machine)


def main() -> None:
    """Measure, write the results and show them."""
    with open_postgres_server() as server_url:
        sys.stdout.write(write(asyncio.run(run(server_url))))


if __name__ == "__main__":
    main()
