"""The how-to pages are true: their own steps, applied to a copy of the tree, make what they say on both databases."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.docs.how_to import apply, steps_of

ROOT = Path(__file__).parents[2]
PACKAGES = ("schema", "loaders", "storage", "executor", "server", "tests")
MOST_PLACES = 7
MOST_FILES = 12
ASKED = """
import asyncio, json, sys
from storage.migrations import migrate
from storage.opening import open_database
from tests.query_log import QueryLog

async def main(url):
    log = QueryLog()
    database = await open_database(url, on_query=log.listen)
    try:
        await migrate(database)
        print(json.dumps(await ask(database, log)))
    finally:
        await database.close()

asyncio.run(main(sys.argv[1]))
"""
"""The end of a program that has defined `ask`."""
HEATED = """
from storage.sql_store import SqlStore
from storage.tables import OWNERS
from tests.drafts import an_owner
from tests.graphql import Client

CREATE = '''mutation($owner: ID!) { createProperty(input: {ownerId: $owner, address: "1 High Street", city: "Lisbon",
    price: 5, status: ACTIVE, heating: "stove"}) { property { id heating } errors { message } } }'''
UPDATE = 'mutation($id: ID!, $to: String) { updateProperty(id: $id, input: {heating: $to}) { property { heating } } }'
READ = '{ propertiesByCity(city: "lisbon") { heating } }'

async def ask(database, log):
    client = Client(SqlStore(database), "batched")
    (owner,) = await client.store.create(OWNERS, [an_owner()])
    made = (await client.data(CREATE, owner=owner.id))["createProperty"]["property"]
    changed = await client.data(UPDATE, id=made["id"], to="pellets")
    read = await client.data(READ)
    cleared = await client.data(UPDATE, id=made["id"], to=None)
    log.clear()
    return [made["heating"], changed, read, cleared, await client.data(READ), log]
"""
VIEWED = """
from storage.cache.memory import MemoryCache
from storage.tables import OWNERS, PROPERTIES, VIEWINGS
from tests.drafts import a_listing, an_owner
from tests.graphql import Client
from tests.layers import cached

ARRANGE = '''mutation($id: ID!, $who: String!) { arrangeViewing(input: {propertyId: $id, visitor: $who}) {
    viewing { id visitor } errors { code field } } }'''
READ = '{ propertiesByCity(city: "lisbon") { viewings(first: 1) { nodes { visitor } pageInfo { endCursor } } } }'
NEXT = '''query($after: String) { propertiesByCity(city: "lisbon", limit: 1) {
    viewings(first: 1, after: $after) { nodes { visitor } pageInfo { hasNextPage } } } }'''
NODE = 'query($id: ID!) { node(id: $id) { ... on Viewing { visitor createdAt } } }'

async def ask(database, log):
    store = cached(database, MemoryCache())
    client = Client(store, "batched")
    (owner,) = await store.create(OWNERS, [an_owner()])
    listings = await store.create(PROPERTIES, [a_listing(owner, city="Lisbon", status="active")] * 3)
    newest = max(listings, key=lambda listing: (listing.created_at, listing.id))
    log.clear()
    empty = await client.data(READ)
    statements = list(log)
    await client.data(READ)
    kept = len(log) == len(statements)
    await client.data(ARRANGE, id=newest.id, who="Ada")
    made = (await client.data(ARRANGE, id=newest.id, who="Grace"))["arrangeViewing"]["viewing"]
    first = (await client.data(READ))["propertiesByCity"][0]["viewings"]
    second = (await client.data(NEXT, after=first["pageInfo"]["endCursor"]))["propertiesByCity"][0]["viewings"]
    node = await client.data(NODE, id=made["id"])
    refused = await client.data(ARRANGE, id="nope", who="Nobody")
    return {
        "statements": statements, "kept": kept, "first": first["nodes"], "second": second,
        "node": node["node"]["visitor"], "refused": refused["arrangeViewing"]["errors"],
        "empty": [listing["viewings"]["nodes"] for listing in empty["propertiesByCity"]],
    }
"""


def copy_with(page: str, folder: Path) -> Path:
    """A copy of the tree to which the page's steps were applied."""
    for package in PACKAGES:
        ignored = shutil.ignore_patterns("__pycache__", "static", "corpus")
        shutil.copytree(ROOT / package, folder / package, ignore=ignored)
    for step in steps_of(ROOT / "docs" / "howto" / page):
        apply(step, folder)
    return folder


def run_in(folder: Path, program: str, url: str) -> Any:
    """What the program's `ask` returns, run on the copy."""
    environment = os.environ | {"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-c", program + ASKED, url]
    ended = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


def test_a_column_takes_few_places_and_is_written_read_and_cleared(tmp_path: Path, empty_database_url: str) -> None:
    folder = copy_with("add-a-column.md", tmp_path / "copy")
    made, changed, read, cleared, again, statements = run_in(folder, HEATED, empty_database_url)
    assert made == "stove"
    assert changed == {"updateProperty": {"property": {"heating": "pellets"}}}
    assert read == {"propertiesByCity": [{"heating": "pellets"}]}
    assert cleared == {"updateProperty": {"property": {"heating": None}}}
    assert again == {"propertiesByCity": [{"heating": None}]}
    assert statements == ["properties_by_city"]


def test_a_relation_is_read_in_two_statements_cached_and_written(tmp_path: Path, empty_database_url: str) -> None:
    folder = copy_with("add-a-relation.md", tmp_path / "copy")
    outcome = run_in(folder, VIEWED, empty_database_url)
    assert outcome == {
        "statements": ["properties_by_city", "viewings_by_property_id(3)"],
        "kept": True,
        "empty": [[], [], []],
        "first": [{"visitor": "Grace"}],
        "second": {"nodes": [{"visitor": "Ada"}], "pageInfo": {"hasNextPage": False}},
        "node": "Grace",
        "refused": [{"code": "NOT_FOUND", "field": "propertyId"}],
    }


def test_a_column_is_written_by_hand_in_no_more_places_than_the_page_says() -> None:
    assert len(steps_of(ROOT / "docs" / "howto" / "add-a-column.md")) <= MOST_PLACES


def test_a_relation_touches_no_more_files_than_the_page_says_and_none_of_the_layers() -> None:
    files = {step.file for step in steps_of(ROOT / "docs" / "howto" / "add-a-relation.md")}
    assert len(files) <= MOST_FILES
    layers = ("storage/coalescing/", "storage/cache/", "loaders/")
    assert not [file for file in files if file.startswith(layers)]


@pytest.mark.parametrize("line", ["no such line", "import "])
def test_a_step_that_does_not_say_one_place_is_refused(tmp_path: Path, line: str) -> None:
    (tmp_path / "a.py").write_text("import a\nimport b\n")
    (tmp_path / "page.md").write_text(f"`a.py`, below `{line}`:\n\n```python\nx = 1\n```\n")
    (step,) = steps_of(tmp_path / "page.md")
    with pytest.raises(ValueError, match=r"lines of a\.py begin with"):
        apply(step, tmp_path)
