"""A client of the schema, and a small town to ask about."""

import pytest

from storage.record import Owner, Property
from storage.store import Store
from storage.tables import OWNERS, PROPERTIES
from tests.drafts import a_listing, an_owner
from tests.graphql import SCHEMAS, Client
from tests.query_log import QueryLog


@pytest.fixture(params=list(SCHEMAS))
def client(store: Store, request: pytest.FixtureRequest) -> Client:
    """Asks the schema over `store`, on the batched executor and on graphql-core."""
    return Client(store, request.param)


@pytest.fixture
async def owners(store: Store, query_log: QueryLog) -> list[Owner]:
    """Ten owners."""
    created = await store.create(OWNERS, [an_owner(name=f"Owner {number}") for number in range(10)])
    query_log.clear()
    return created


@pytest.fixture
async def listings(store: Store, owners: list[Owner], query_log: QueryLog) -> list[Property]:
    """Fifty active listings in Lisbon, five of each owner, from the cheapest to the dearest."""
    drafts = [a_listing(owners[number % 10], price=100_000 + number * 1000) for number in range(50)]
    created = await store.create(PROPERTIES, drafts)
    query_log.clear()
    return created
