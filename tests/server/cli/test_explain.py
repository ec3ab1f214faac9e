"""`freehold explain`: the timeline of a query as a table, on either database."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from server.cli.commands import freehold
from storage.record import Owner
from storage.sql_store import SqlStore
from storage.tables import OWNERS, PROPERTIES
from tests.drafts import a_listing, an_owner
from tests.server.cli.conftest import Run

QUERY = """
query Fifty($city: String!) {
  propertiesByCity(city: $city, limit: 50) { address owner { name propertyCount } }
}
"""


@pytest.fixture
async def owners(store: SqlStore) -> list[Owner]:
    """Ten owners, with five listings in Lisbon each."""
    owners = await store.create(OWNERS, [an_owner() for _ in range(10)])
    await store.create(PROPERTIES, [a_listing(owners[number % 10]) for number in range(50)])
    return owners


@pytest.fixture
def query(tmp_path: Path) -> Path:
    path = tmp_path / "fifty.graphql"
    path.write_text(QUERY)
    return path


def cells(output: str) -> list[list[str]]:
    """The table's lines without their times."""
    lines = [line.split() for line in output.splitlines()[3:]]
    return [line[:6] for line in lines]


def test_a_query_is_a_table_of_what_it_asked_for(run: Run, owners: list[Owner], query: Path) -> None:
    ended = run("explain", query, "--variables", json.dumps({"city": "Lisbon"}))
    assert ended.exit_code == 0, ended.output
    assert ended.output.startswith("Fifty: 3 statements instead of 61, ")
    assert cells(ended.output) == [
        ["1", "properties_by_city", "1", "1", "properties_by_city(1)", "50"],
        ["2", "owners_by_id", "50", "10", "owners_by_id(10)", "10"],
        ["3", "property_counts_by_owner_id", "10", "10", "property_counts_by_owner_id(10)", "10"],
    ]


def test_a_query_may_come_by_standard_input(run: Run) -> None:
    ended = run("explain", "-", input="{ currency }")
    assert ended.exit_code == 0, ended.output
    assert ended.output.startswith("The query: 0 statements, ")
    assert len(ended.output.splitlines()) == 1


def test_plans_are_shown_on_demand(run: Run, query: Path) -> None:
    ended = run("explain", query, "--variables", '{"city": "Lisbon"}', "--plan")
    assert "FROM properties p" in ended.output
    assert "index" in ended.output.lower()


def test_errors_are_printed_and_end_with_one(run: Run) -> None:
    ended = run("explain", "-", input='{ currency propertiesByCity(city: "x", limit: 0) { id } }')
    assert ended.exit_code == 1
    assert "error: limit: must be between 1 and 500, not 0 (at propertiesByCity)" in ended.output


def test_a_mutation_runs_only_if_that_is_meant(run: Run) -> None:
    mutation = 'mutation { createOwner(input: {name: "Ada", email: "a@example.org"}) { errors { code } } }'
    refused = run("explain", "-", input=mutation)
    assert refused.exit_code == 2
    assert "--write runs it" in refused.output
    ended = run("explain", "-", "--write", input=mutation)
    assert ended.exit_code == 0, ended.output
    assert cells(ended.output) == [["1", "write", "–", "–", "insert_owners(1)", "0"]]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["-", "--variables", "{"], "not JSON"),
        (["-", "--variables", "[]"], "must be a JSON object"),
        (["-", "--operation", "Other"], "Other"),
        (["nothing.graphql"], "does not exist"),
    ],
)
def test_what_cannot_be_is_said_in_a_line(sqlite_url: str, arguments: list[str], complaint: str) -> None:
    env = {"FREEHOLD_DATABASE_URL": sqlite_url}
    ended = CliRunner().invoke(freehold, ["explain", *arguments], input="query This { currency }", env=env)
    assert ended.exit_code == 2
    assert complaint in ended.output


@pytest.fixture
async def one_of_three_published(store: SqlStore) -> None:
    [owner] = await store.create(OWNERS, [an_owner()])
    await store.create(PROPERTIES, [a_listing(owner, status=status) for status in ("active", "draft", "withdrawn")])


@pytest.mark.usefixtures("one_of_three_published")
def test_a_query_is_run_as_the_publics_unless_unpublished_listings_are_asked_for(run: Run) -> None:
    query = "{ properties { nodes { address } } }"
    for options, rows in (((), "1"), (("--unpublished",), "3")):
        ended = run("explain", "-", *options, input=query)
        assert ended.exit_code == 0, ended.output
        assert cells(ended.output) == [["1", "search_properties", "1", "1", "search_properties(1)", rows]]
