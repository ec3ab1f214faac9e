"""Measures what the checks of a request cost: `python -m benchmarks.security`.

CPU time of one process: of a known document everything between reading the request and running the operation, its
token included; of hostile documents everything until they are refused.
"""

import asyncio
import json
import platform
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from statistics import median
from time import process_time
from typing import Any

from graphql import GraphQLError, get_introspection_query

from benchmarks.security.hostile import HOSTILE
from executor import BatchedExecutor
from schema.build import build_schema
from server.admission.admission import build_admission
from server.admission.document_limits import DocumentLimits
from server.admission.examiner import Examiner, Invalid
from server.admission.prepared_queries import build_prepared_queries
from server.auth.access import build_access
from server.graphql.context import build_context
from server.rate_limit.memory import MemoryBuckets
from server.settings.secret import Secret
from server.settings.settings import Settings, load_settings

RESULTS = Path(__file__).parents[1] / "results"
ROUNDS, TIMES = 15, 2000
LIST = """query List($city: String!, $first: Int!) { properties(filter: {city: $city}, first: $first) {
  totalCount nodes { id address city price status owner { id name propertyCount } priceHistory(first: 3) {
  nodes { oldPrice newPrice } } } pageInfo { hasNextPage endCursor } } }"""
POINT = "query Point($id: ID!) { property(id: $id) { id address price owner { name } } }"
KNOWN: dict[str, tuple[str, dict[str, Any]]] = {
    "a page of listings": (LIST, {"city": "Berlin", "first": 50}),
    "one listing": (POINT, {"id": "property_01jx0000000000000000000000"}),
    "introspection": (get_introspection_query(), {}),
}


def production() -> Settings:
    """The default limits, with a token."""
    return load_settings(tokens=Secret(f"app:read:{sha256(b'secret').hexdigest()}"), token_rate_limit=10**12)


async def measure_known(query: str, variables: dict[str, Any]) -> float:
    """Microseconds of CPU."""
    settings = production()
    queries = build_prepared_queries(settings, build_schema(), BatchedExecutor())
    admission, access = build_admission(settings, MemoryBuckets()), build_access(settings, settings.host)
    queries.prepare(query)
    rounds = []
    for _ in range(ROUNDS):
        # each request has a text of its own, the hash of which is not known yet
        requests = [((query + " ")[:-1], build_context(None, None, "EUR", address="192.0.2.1")) for _ in range(TIMES)]  # type: ignore[arg-type]
        started = process_time()
        for text, context in requests:
            context.viewer = await access.viewer(["Bearer secret"])
            prepared = queries.find(text)
            assert prepared is not None
            charge = admission.admit(prepared.operation(None), variables, context)
            assert charge is not None
            await charge
        rounds.append((process_time() - started) / TIMES * 1e6)
    return median(rounds)


def measure_hostile(document: str) -> float:
    """Milliseconds of CPU until it is refused, or found valid; the best of three."""
    schema = build_schema().core
    best = float("inf")
    for _ in range(3):
        examiner = Examiner(schema, DocumentLimits.of(production()), suggestions=False)
        started = process_time()
        with suppress(GraphQLError, Invalid):
            examiner.examine(document)
        best = min(best, (process_time() - started) * 1e3)
    return best


async def main() -> None:
    """Print the figures, and keep them in benchmarks/results."""
    known = {name: round(await measure_known(*case), 1) for name, case in KNOWN.items()}
    hostile = {name: round(measure_hostile(document), 1) for name, document in HOSTILE.items()}
    rows = [f"| {name} | {value} |" for name, value in known.items()]
    refused = [f"| {name} | {len(HOSTILE[name])} | {value} |" for name, value in hostile.items()]
    text = "\n".join(
        [
            "# What the checks cost\n",
            f"`python -m benchmarks.security`, Python {platform.python_version()}, medians of {ROUNDS} rounds.\n",
            "| known document | µs of CPU |",
            "| --- | --- |",
            *rows,
            "\n| hostile document | characters | ms of CPU until it is answered |",
            "| --- | --- | --- |",
            *refused,
        ]
    )
    (RESULTS / "security.md").write_text(text + "\n", encoding="utf-8")
    (RESULTS / "security.json").write_text(json.dumps({"known": known, "hostile": hostile}, indent=2) + "\n")
    print(text)  # noqa: T201


if __name__ == "__main__":
    asyncio.run(main())
