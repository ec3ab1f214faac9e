"""`freehold sql`: every statement in the words that either database prepares."""

import asyncio
import re
import sqlite3

import asyncpg
import pytest

from storage.catalog import Catalog
from tests.server.cli.conftest import Run, runner_of

UNREACHABLE = "postgresql://nobody:hunter2@127.0.0.1:1/none"


def statements_of(output: str) -> list[str]:
    """The printed statements, each with its comments."""
    return re.split(r"(?<=;)\n\n", output.rstrip("\n"))


async def prepare_all(url: str, texts: list[str]) -> None:
    """Raises what the database says of a text that it can't prepare."""
    if url.startswith("sqlite:"):
        connection = sqlite3.connect(url.removeprefix("sqlite:///"))
        try:
            for text in texts:
                parameters = [1] * len(set(re.findall(r"\?\d", re.sub("--.*", "", text))))
                connection.execute(f"EXPLAIN {text}", parameters)
        finally:
            connection.close()
        return
    session = await asyncpg.connect(url)
    try:
        for text in texts:
            await session.prepare(text)
    finally:
        await session.close()


@pytest.mark.parametrize("options", [[], ["--published"]], ids=["everything", "published"])
def test_every_statement_is_printed_as_a_text_that_the_database_prepares(
    run: Run, database_url: str, options: list[str]
) -> None:
    for name in Catalog(database_url).descriptions:
        printed = run("sql", name, "--all", *options)
        assert printed.exit_code == 0, printed.output
        assert printed.output.startswith(f"-- {name}\n-- ")
        texts = statements_of(printed.output)
        if name == "create_schema_migrations":  # SQLite looks first whether the table is there
            texts = [text.replace("schema_migrations (", "schema_migrations_again (") for text in texts]
        asyncio.run(prepare_all(database_url, texts))


def test_without_a_name_every_statement_is_listed_in_a_line(run: Run, database_url: str) -> None:
    listed = run("sql")
    assert listed.exit_code == 0, listed.output
    lines = listed.output.splitlines()
    assert [line.split()[0] for line in lines] == list(Catalog(database_url).descriptions)
    assert re.match(r"owners_by_id +The owners with these ids, in no order\.$", lines[0])
    assert all(line.endswith(".") for line in lines)


def test_of_a_search_the_plainest_statement_is_printed_and_all_on_demand(run: Run) -> None:
    plainest = run("sql", "search_properties").output
    (text,) = statements_of(plainest)
    assert "\n-- Here: a city's listings of a status, newest.\n" in plainest
    assert "WHERE p.city_key = k.city_key AND p.status = k.status ORDER BY p.created_at DESC, p.id DESC" in text
    every = statements_of(run("sql", "search_properties", "--all").output)
    assert every[0] == text
    assert len(set(every)) == len(every) == 40


@pytest.mark.parametrize("name", ["properties_by_id", "properties_by_owner_id", "price_changes_by_property_id"])
def test_published_listings_are_read_by_a_condition_of_their_own(run: Run, name: str) -> None:
    condition = "IN ('active', 'pending', 'sold')"
    assert condition not in run("sql", name).output
    assert condition in run("sql", name, "--published").output


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("owner_by_id", "did you mean owners_by_id?"),
        ("published_key", "`freehold sql` lists all"),
        ("x", "`freehold sql` lists all"),
    ],
)
def test_an_unknown_name_is_one_line_with_a_suggestion(run: Run, name: str, hint: str) -> None:
    ended = run("sql", name)
    assert ended.exit_code == 2
    *_, line = ended.output.splitlines()
    assert line == f"Error: there is no statement {name}: {hint}"


def test_no_connection_is_made() -> None:
    printed = runner_of(UNREACHABLE)("sql", "owners_by_id")
    assert printed.exit_code == 0, printed.output
    assert "o.id = ANY($1)" in printed.output


def test_a_schema_of_postgres_is_named_with_its_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FREEHOLD_DATABASE_SCHEMA", "estate")
    assert 'FROM "estate".owners o' in runner_of(UNREACHABLE)("sql", "owners_by_id").output
