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

from graphql import GraphQLError, get_introspection_query, specified_rules
from strawberry.types import ExecutionContext
from strawberry.types.graphql import OperationType

from benchmarks.security.hostile import HOSTILE
from executor import BatchedExecutor
from schema.build import build_schema
from schema.viewer import EVERYTHING, Viewer
from server.admission import build_admission
from server.auth.access import build_access
from server.graphql.context import build_context
from server.limits.documents import Documents, Invalid
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
    schema = build_schema([BatchedExecutor()])
    admission, access = build_admission(settings, MemoryBuckets()), build_access(settings, settings.host)
    rounds = []
    for round_ in range(ROUNDS + 1):
        executions = [_execution(schema, query, variables) for _ in range(TIMES if round_ else 1)]
        started = process_time()
        for execution in executions:
            execution.context.viewer = await access.viewer("Bearer secret")
            await admission.admit(execution)
        rounds.append((process_time() - started) / TIMES * 1e6)
    return median(rounds[1:])  # in the first the document becomes known


def _execution(schema: Any, query: str, variables: dict[str, Any]) -> ExecutionContext:
    context = build_context(None, None, "EUR", address="192.0.2.1")  # type: ignore[arg-type]
    return ExecutionContext(
        query=(query + " ")[:-1],  # a text of its own, as each request has: its hash is not known yet
        schema=schema,
        allowed_operations={OperationType.QUERY},
        context=context,
        variables=variables,
        provided_operation_name=None,
    )


async def measure_whole() -> float:
    """Microseconds of CPU that admission adds to an operation, Strawberry's hook for it included."""
    admission = build_admission(production(), MemoryBuckets())
    schemas = build_schema([BatchedExecutor()]), build_schema([admission, BatchedExecutor()])
    viewer = Viewer("app", EVERYTHING)
    differences = []
    for _ in range(ROUNDS + 1):
        spent = []
        for schema in schemas:
            started = process_time()
            for _ in range(TIMES // 2):
                context = build_context(None, None, "EUR", viewer)  # type: ignore[arg-type]
                await schema.execute(("{ currency } " + " ")[:-1], context_value=context)
            spent.append((process_time() - started) / (TIMES // 2) * 1e6)
        differences.append(spent[1] - spent[0])
    return median(differences[1:])


def measure_hostile(document: str) -> float:
    """Milliseconds of CPU until it is refused, or found valid; the best of three."""
    schema = build_schema()._schema
    best = float("inf")
    for _ in range(3):
        documents = Documents(production().document_limits(), suggestions=False)
        started = process_time()
        with suppress(GraphQLError, Invalid):
            documents.examine(document, schema, tuple(specified_rules))
        best = min(best, (process_time() - started) * 1e3)
    return best


async def main() -> None:
    """Print the figures, and keep them in benchmarks/results."""
    known = {name: round(await measure_known(*case), 1) for name, case in KNOWN.items()}
    known["any, as part of a whole operation"] = round(await measure_whole(), 1)
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
