"""Moving from SQLite to Postgres: the same data, byte for byte, and the same answers."""

from pathlib import Path
from typing import Any

import pytest

from server.settings.secret import Secret
from server.settings.settings import Settings
from server.stores import open_store
from tests.graphql import Client
from tests.server.process import environment, run_freehold

PAGE = "nodes { id price } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } totalCount"


def a_page(field: str) -> str:
    return f"{{ {field} {{ {PAGE} }} }}"


QUERIES = [
    '{ propertiesByCity(city: "Berlin", limit: 500) { id address city price status createdAt owner { name email } } }',
    '{ propertiesByCity(city: "MÜNCHEN", limit: 50) { id city latitude longitude bathrooms area } }',
    '{ propertiesByCity(city: "málaga") { id city region postalCode } }',
    '{ propertiesByCity(city: "Malaga") { id } }',
    '{ propertiesByCity(city: "são paulo") { id city } again: propertiesByCity(city: "SÃO PAULO") { id } }',
    '{ propertiesByCity(city: "KRAKÓW") { id city } }',
    a_page("properties(first: 100)"),
    a_page("properties(last: 100)"),
    a_page("properties(orderBy: PRICE_UP, first: 50)"),
    a_page("properties(orderBy: PRICE_DOWN, last: 50)"),
    a_page('properties(filter: {city: "wien", statuses: [ACTIVE, SOLD]}, orderBy: PRICE_UP)'),
    a_page("properties(filter: {price: {min: 200000, max: 400000}, minBedrooms: 2}, first: 100)"),
    a_page("properties(filter: {within: {south: 40, west: -10, north: 50, east: 15}}, first: 100)"),
    a_page("properties(filter: {area: {min: 80.5}, minBathrooms: 1.5, statuses: [PENDING]})"),
    "{ owners(orderBy: NAME, first: 100) { nodes { id name email phone } totalCount pageInfo { endCursor } } }",
    "{ owners(orderBy: NAME, last: 100) { nodes { id name } pageInfo { startCursor } } }",
    '{ owners(filter: {nameStartsWith: "k"}, orderBy: NAME) { nodes { name } totalCount } }',
    '{ owners(filter: {nameStartsWith: "Ö"}, orderBy: NEWEST) { nodes { name } totalCount } }',
    f"{{ owners(first: 20) {{ nodes {{ propertyCount properties(first: 3, statuses: [ACTIVE]) {{ {PAGE} }} }} }} }}",
    "{ properties(first: 50) { nodes { priceHistory { nodes { oldPrice newPrice newStatus changedAt } } } } }",
]


@pytest.fixture
def moved(sqlite_url: str, postgres_url: str, tmp_path: Path) -> tuple[str, str]:
    """A SQLite database with demo data, and a Postgres one that its export was imported into."""

    def run(*arguments: str, url: str) -> None:
        ended = run_freehold(*arguments, env=environment(FREEHOLD_DATABASE_URL=url))
        assert ended.returncode == 0, ended.stdout + ended.stderr

    before, after = str(tmp_path / "before.ndjson"), str(tmp_path / "after.ndjson")
    run("seed", "--owners", "150", "--properties", "1500", url=sqlite_url)
    run("export", before, url=sqlite_url)
    run("import", before, url=postgres_url)
    run("export", after, url=postgres_url)
    assert Path(before).read_bytes() == Path(after).read_bytes()
    return sqlite_url, postgres_url


async def test_twenty_queries_are_answered_alike_on_both(moved: tuple[str, str]) -> None:
    answers: list[list[Any]] = []
    for url in moved:
        async with open_store(Settings(database_url=Secret(url), count_timeout=10)) as store:
            client = Client(store, "batched")
            answers.append([await client.data(query) for query in QUERIES])
    for query, on_sqlite, on_postgres in zip(QUERIES, *answers, strict=True):
        assert on_sqlite == on_postgres, query
    assert len(QUERIES) == 20
    assert answers[0][0]["propertiesByCity"]
    assert answers[0][4]["propertiesByCity"] == [{**row, "city": "São Paulo"} for row in answers[0][4]["again"]]
