"""The loaders of a request together."""

import msgspec
import pytest

from loaders.loaders import Loaders
from storage.reads.owner import OWNERS_BY_ID
from storage.record import Owner
from storage.store import Store
from storage.tables import OWNERS
from tests.drafts import an_owner


@pytest.mark.parametrize("is_used", [False, True])
async def test_prefetched_owners_are_forgotten_after_a_write(store: Store, is_used: bool) -> None:
    owner, other = await store.create(OWNERS, [an_owner(), an_owner()])
    loaders = Loaders(store)
    if is_used:
        await loaders.by_key(OWNERS_BY_ID).load(other.id)
    before: Owner = msgspec.structs.replace(owner, name="before")
    loaders.prime(OWNERS_BY_ID, 1, lambda: {owner.id: before})
    loaders.clear_all()
    assert await loaders.by_key(OWNERS_BY_ID).load(owner.id) == owner


async def test_prefetched_owners_are_not_read_again(store: Store) -> None:
    loaders = Loaders(store)
    owner = Owner("owner_1", None, "Ana", "ana@example.org", None, 0)
    loaders.prime(OWNERS_BY_ID, 1, lambda: {owner.id: owner})
    assert loaders.of(OWNERS_BY_ID).known(["owner_1"]) == [owner]
