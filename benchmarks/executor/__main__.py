"""Measures the batched executor against stock Strawberry with its caches: `python -m benchmarks.executor`.

CPU time of one process, a whole `schema.execute` each, the two in turns; medians over the rounds.
"""

from __future__ import annotations

import asyncio
import gc
import sys
from statistics import median
from time import process_time
from typing import Any

import strawberry

from benchmarks.executor.listings import LoadedMemory, Memory, build_batched_schema, build_stock_schema
from benchmarks.report import describe_machine, table, write_results

ROUNDS = 21
LIST = "query List($n: Int!) { properties(limit: $n) { id address city price status owner { id name email } } }"
POINT = "query Point($id: ID!) { property(id: $id) { id address price owner { name } } }"
DEEP = """query Deep($n: Int!) {
  properties(limit: $n) { id address owner { id name properties(limit: 5) { id address owner { id name } } } }
}"""
CASES: dict[str, tuple[str, dict[str, Any], int]] = {
    "50 listings with owners": (LIST, {"n": 50}, 20),
    "500 listings with owners": (LIST, {"n": 500}, 3),
    "one listing with its owner": (POINT, {"id": "property_7"}, 100),
    "20 listings, owners, their listings, owners": (DEEP, {"n": 20}, 6),
}


Side = tuple[strawberry.Schema, type[Memory]]


async def measure(side: Side, query: str, variables: dict[str, Any], times: int) -> float:
    """Microseconds of CPU a request."""
    schema, context = side
    gc.collect()
    started = process_time()
    for _ in range(times):
        await schema.execute(query, variables, context_value=context())
    return (process_time() - started) / times * 1e6


async def compare(query: str, variables: dict[str, Any], times: int) -> dict[str, float]:
    stock, batched = (build_stock_schema(), LoadedMemory), (build_batched_schema(), Memory)
    expected = await stock[0].execute(query, variables, context_value=LoadedMemory())
    answered = await batched[0].execute(query, variables, context_value=Memory())
    assert answered.data == expected.data
    assert not expected.errors
    rounds = [
        (await measure(stock, query, variables, times), await measure(batched, query, variables, times * 5))
        for _ in range(ROUNDS)
    ]
    return {
        "stock_us": round(median(one for one, _ in rounds)),
        "batched_us": round(median(other for _, other in rounds)),
        "ratio": round(median(one / other for one, other in rounds), 1),
    }


def write(results: dict[str, dict[str, float]]) -> str:
    lines = [
        "# The batched executor against stock Strawberry",
        "",
        "Microseconds of CPU a request, in one process, medians of rounds in turns; `python -m benchmarks.executor`.",
        "Stock is Strawberry with ParserCache and ValidationCache, its owners behind a DataLoader.",
        "",
        *table(
            ("query", "stock", "batched", "times less"),
            [
                (name, f"{result['stock_us']:,}", f"{result['batched_us']:,}", result["ratio"])
                for name, result in results.items()
            ],
        ),
    ]
    machine = describe_machine("graphql-core", "strawberry-graphql", "msgspec")
    return write_results("executor", lines, results, machine)


def main() -> None:
    results = {name: asyncio.run(compare(*case)) for name, case in CASES.items()}
    sys.stdout.write(write(results))


if __name__ == "__main__":
    main()
