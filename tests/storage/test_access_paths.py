"""Every statement, and every access a search guarantees, reads along an index: no table is scanned or sorted."""

import re
import sqlite3
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import Any

import asyncpg
import orjson
import pytest
import pytest_asyncio

from storage.opening import open_database
from storage.statements import Statement, load_statements
from tests.storage.access import GUARANTEED, SHOWN, Access, Run, run_of

# What is composed is among the guaranteed accesses; the rest reads no table of the domain, or is one.
_APART = {
    "analyze",
    "statuses",
    "published",
    "published_change",
    "published_listing",
    "published_key",
    "with_owner",
    "unreadable_columns",
    "schema_exists",
    "create_schema_migrations",
    "applied_migrations",
    "record_migration",
}

FIXED = sorted(
    name
    for name, statement in load_statements("storage.sqlite").items()
    if name not in _APART and "{" not in statement.text
)
of_every_statement = pytest.mark.parametrize("name", FIXED)
of_every_guaranteed_access = pytest.mark.parametrize("access", GUARANTEED, ids=lambda access: access.name)


@pytest.fixture(params=["filled_sqlite", "filled_sqlite_without_statistics"])
def filled_sqlite_path(request: pytest.FixtureRequest) -> Path:
    path: Path = request.getfixturevalue(request.param)
    return path


@pytest.fixture
def sqlite_connection(filled_sqlite_path: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(filled_sqlite_path)
    yield connection
    connection.close()


@pytest.fixture
async def postgres_connection(filled_postgres: str) -> AsyncIterator[Any]:
    # Pages cost what they cost on a solid-state disk: an older planner would rather scan a table of a thousand rows.
    settings = {"jit": "off", "enable_memoize": "off", "random_page_cost": "1.1"}
    connection = await asyncpg.connect(filled_postgres, server_settings=settings)
    yield connection
    await connection.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def sqlite_runs(filled_sqlite: Path) -> dict[str, Run]:
    return await runs_on(f"sqlite:///{filled_sqlite}")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def postgres_runs(filled_postgres: str) -> dict[str, Run]:
    return await runs_on(filled_postgres)


async def runs_on(url: str, accesses: Sequence[Access] = GUARANTEED) -> dict[str, Run]:
    """What each access comes to on this database."""
    database = await open_database(url)
    try:
        return {access.name: await run_of(database, access) for access in accesses}
    finally:
        await database.close()


@of_every_statement
def test_a_statement_neither_scans_nor_sorts_on_sqlite(sqlite_connection: sqlite3.Connection, name: str) -> None:
    statement = load_statements("storage.sqlite")[name]
    arguments = ("[]", 1)[: len(set(re.findall(r"\?\d", statement.text)))]
    assert sqlite_faults(sqlite_connection, statement, arguments) == []


@of_every_statement
async def test_a_statement_neither_scans_nor_sorts_on_postgres(postgres_connection: Any, name: str) -> None:
    assert await postgres_faults(postgres_connection, load_statements("storage.postgres")[name]) == []


@of_every_guaranteed_access
def test_a_guaranteed_access_neither_scans_nor_sorts_on_sqlite(
    sqlite_connection: sqlite3.Connection, sqlite_runs: dict[str, Run], access: Access
) -> None:
    run = sqlite_runs[access.name]
    assert sqlite_faults(sqlite_connection, run.statement, run.args) == []


@of_every_guaranteed_access
async def test_a_guaranteed_access_neither_scans_nor_sorts_on_postgres(
    postgres_connection: Any, postgres_runs: dict[str, Run], access: Access
) -> None:
    run = postgres_runs[access.name]
    assert await postgres_faults(postgres_connection, run.statement) == []


@of_every_guaranteed_access
def test_a_guaranteed_access_works_for_its_rows_alone_on_sqlite(
    sqlite_connection: sqlite3.Connection, sqlite_runs: dict[str, Run], access: Access
) -> None:
    run = sqlite_runs[access.name]
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += 1
        return 0

    sqlite_connection.set_progress_handler(count, 10)
    rows = sqlite_connection.execute(run.statement.text, run.args).fetchall()
    assert rows
    assert steps * 10 <= 1_000 + 100 * access.rows


@of_every_guaranteed_access
async def test_a_guaranteed_access_reads_its_rows_alone_on_postgres(
    postgres_connection: Any, postgres_runs: dict[str, Run], access: Access
) -> None:
    """After six runs of a prepared statement, when the server may have turned to a plan for any arguments."""
    run = postgres_runs[access.name]
    argument = run.args[0]
    literal = "'" + str(argument if isinstance(argument, str) else "{" + ",".join(argument) + "}") + "'"  # type: ignore[arg-type]
    await postgres_connection.execute(f"PREPARE access AS {run.statement.text}")
    for _ in range(6):
        await postgres_connection.execute(f"EXECUTE access ({literal})")
    explained = await postgres_connection.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE access ({literal})")
    plan = orjson.loads(explained)[0]["Plan"]
    assert 0 < sum(rows_read(node) for node, _ in nodes_of(plan)) <= access.rows


@pytest.mark.parametrize("access", SHOWN, ids=lambda access: access.name)
async def test_a_list_is_read_from_its_index_alone_on_postgres(
    filled_postgres: str, postgres_connection: Any, access: Access
) -> None:
    run = (await runs_on(filled_postgres, [access]))[access.name]
    plan = await postgres_plan(postgres_connection, run.statement)
    kinds = {node["Node Type"] for node, _ in nodes_of(plan) if node.get("Relation Name") == "properties"}
    assert kinds == {"Index Only Scan"}


def sqlite_faults(connection: sqlite3.Connection, statement: Statement, args: tuple[object, ...]) -> list[str]:
    """The steps of SQLite's plan that go through a whole table, or sort."""
    plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement.text}", args)]
    return [step for step in plan if is_sqlite_fault(step, statement)]


def is_sqlite_fault(step: str, statement: Statement) -> bool:
    """An index read in its order, under a limit and with nothing filtered, ends at the limit: it is no fault."""
    if "TEMP B-TREE" in step:
        return True
    if re.match(r"SCAN (p|o|c|properties|owners|price_changes)\b", step) is None:
        return False
    return not ("INDEX" in step and re.search(r"WHERE TRUE( ORDER BY [^()]*)? LIMIT", statement.text))


async def postgres_faults(connection: Any, statement: Statement) -> list[str]:
    """The nodes of Postgres' plan for any arguments that go through a whole table, or sort one's rows."""
    plan = await postgres_plan(connection, statement)
    return [str(node) for node, above in nodes_of(plan) if is_postgres_fault(node, above)]


async def postgres_plan(connection: Any, statement: Statement) -> dict[str, Any]:
    """The plan for any arguments, in a way that PostgreSQL 14 knows too (`GENERIC_PLAN` is new in 16)."""
    await connection.execute("SET plan_cache_mode = force_generic_plan")
    await connection.execute(f"PREPARE planned AS {statement.text}")
    try:
        arguments = await connection.fetchval(
            "SELECT cardinality(parameter_types) FROM pg_prepared_statements WHERE name = 'planned'"
        )
        nulls = f"({', '.join(['NULL'] * arguments)})" if arguments else ""
        explained = await connection.fetchval(f"EXPLAIN (FORMAT JSON) EXECUTE planned{nulls}")
    finally:
        await connection.execute("DEALLOCATE planned")
        await connection.execute("RESET plan_cache_mode")
    plan: dict[str, Any] = orjson.loads(explained)[0]["Plan"]
    return plan


def nodes_of(plan: dict[str, Any], above: tuple[str, ...] = ()) -> Iterator[tuple[dict[str, Any], tuple[str, ...]]]:
    """Every node with the kinds of those above it."""
    yield plan, above
    for child in plan.get("Plans", ()):
        yield from nodes_of(child, (*above, plan["Node Type"]))


def is_postgres_fault(node: dict[str, Any], above: tuple[str, ...]) -> bool:
    """As `is_sqlite_fault`; a sort is none if a limit bounds what it sorts."""
    kind = node["Node Type"]
    if kind in ("Sort", "Incremental Sort"):
        return not any(below["Node Type"] == "Limit" for below, _ in nodes_of(node))
    if kind in ("Seq Scan", "Index Scan", "Index Only Scan", "Bitmap Index Scan") and "Index Cond" not in node:
        return "Filter" in node or "Limit" not in above
    return False


def rows_read(node: dict[str, Any]) -> int:
    """The rows of a table that this node looked at."""
    if "Relation Name" not in node or "Actual Rows" not in node:
        return 0
    removed: float = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
    read: float = (node["Actual Rows"] + removed) * node["Actual Loops"]
    return round(read)
