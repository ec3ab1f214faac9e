"""Freehold's own schema answers alike on the batched executor and on graphql-core."""

import os
import re
from pathlib import Path
from random import Random

import pytest
from graphql import parse, validate

from schema.viewer import NOBODY
from server.graphql.context import build_context
from storage.record import Owner, Property
from storage.store import Store
from tests.executor.documents import Documents
from tests.executor.parity import Target
from tests.graphql import ALLOWED_ALL, SCHEMA
from tests.server.test_same_answers import QUERIES

CASES = int(os.environ.get("PARITY_CASES", "300"))
README = Path(__file__).parents[2] / "README.md"

# graphql-core leaves coroutines behind that it never awaits.
pytestmark = [
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.usefixtures("forgotten_coroutines"),
]


@pytest.fixture
def target(store: Store, listings: list[Property], owners: list[Owner]) -> Target:
    return Target(SCHEMA._schema, lambda: build_context(store, store, "EUR", ALLOWED_ALL))


@pytest.fixture
def public_target(store: Store, listings: list[Property], owners: list[Owner]) -> Target:
    return Target(SCHEMA._schema, lambda: build_context(store, store, "EUR", NOBODY))


async def test_random_queries_get_the_same_answers(
    public_target: Target, listings: list[Property], owners: list[Owner]
) -> None:
    target = public_target  # personal data is an error then, at many paths
    ids = [f'"{row.id}"' for row in (listings[0], owners[0])]
    literals = {
        "Price": ["0", "120000", "-1", "1.5"],
        "ID": [*ids, '"x"'],
        "Query.property.id": [ids[0], '"x"'],
        "Query.owner.id": [ids[1], '"x"'],
        "Query.propertiesByCity.city": ['"lisbon"', '""'],
        "Query.properties.filter.city": ['"LISBON"', '"Porto"'],
    }
    compared = 0
    for seed in range(CASES):
        document = parse(Documents(target.schema, Random(seed), literals).operation("query"))
        if not validate(target.schema, document):
            await target.compare(document)
            compared += 1
    assert compared > CASES // 3


async def test_the_readmes_query_and_those_of_the_move_get_the_same_answers(target: Target) -> None:
    [example] = re.findall(r"```graphql\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    for query in (example, *QUERIES):
        assert (await target.compare(query)).errors is None, query
