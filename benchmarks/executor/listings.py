"""Listings and owners in memory, in two Strawberry schemas: stock resolvers with a DataLoader, and batched fields."""

# mypy: disable-error-code="untyped-decorator, valid-type"
# Strawberry's own decorators are typed so.

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
import strawberry
from strawberry.dataloader import DataLoader
from strawberry.extensions import ParserCache, ValidationCache

from executor import BatchedExecutor, batched


class OwnerRecord(msgspec.Struct, frozen=True):
    id: str
    name: str
    email: str


class PropertyRecord(msgspec.Struct, frozen=True):
    id: str
    address: str
    city: str
    price: int
    status: str
    owner_id: str


OWNERS = {
    f"owner_{number}": OwnerRecord(f"owner_{number}", f"Owner {number}", f"owner{number}@example.org")
    for number in range(200)
}
PROPERTIES = {
    f"property_{number}": PropertyRecord(
        f"property_{number}", f"{number} High Street", "Lisbon", 1000 * number, "active", f"owner_{number % 200}"
    )
    for number in range(2000)
}
LISTINGS = list(PROPERTIES.values())
BY_OWNER = {
    owner_id: [listing for listing in PROPERTIES.values() if listing.owner_id == owner_id] for owner_id in OWNERS
}


class Memory:
    """A store whose every read is one batch."""

    async def owners_by_id(self, ids: Iterable[str]) -> list[OwnerRecord]:
        return [OWNERS[owner_id] for owner_id in ids]


class LoadedMemory(Memory):
    """With a loader, as the stock schema needs it."""

    def __init__(self) -> None:
        self.owners = DataLoader(self.owners_by_id)


Info = strawberry.Info[Memory, None]
StockInfo = strawberry.Info[LoadedMemory, None]


@strawberry.type(name="Owner")
class StockOwner:
    id: strawberry.ID
    name: str
    email: str

    @strawberry.field(graphql_type="list[StockProperty]")
    async def properties(self, limit: int = 5) -> Any:
        return BY_OWNER[self.id][:limit]


@strawberry.type(name="Property")
class StockProperty:
    id: strawberry.ID
    address: str
    city: str
    price: int
    status: str

    @strawberry.field(graphql_type=StockOwner)
    async def owner(self, info: StockInfo) -> Any:
        return await info.context.owners.load(self.owner_id)  # type: ignore[attr-defined]


@strawberry.type(name="Query")
class StockQuery:
    @strawberry.field(graphql_type=list[StockProperty])
    async def properties(self, limit: int) -> Any:
        return LISTINGS[:limit]

    @strawberry.field(graphql_type=StockProperty | None)
    async def property(self, id: strawberry.ID) -> Any:
        return PROPERTIES.get(id)


@strawberry.type(name="Owner")
class Owner:
    id: strawberry.ID
    name: str
    email: str

    @batched(graphql_type="list[Property]")
    async def properties(parents: list[OwnerRecord], limit: int = 5) -> list[list[PropertyRecord]]:
        return [BY_OWNER[parent.id][:limit] for parent in parents]


@strawberry.type(name="Property")
class Property:
    id: strawberry.ID
    address: str
    city: str
    price: int
    status: str

    @batched(graphql_type=Owner)
    async def owner(parents: list[PropertyRecord], info: Info) -> list[OwnerRecord]:
        return await info.context.owners_by_id([parent.owner_id for parent in parents])


@strawberry.type(name="Query")
class Query:
    @batched(graphql_type=list[Property])
    async def properties(parents: list[None], limit: int) -> list[list[PropertyRecord]]:
        return [LISTINGS[:limit]]

    @batched(graphql_type=Property | None)
    async def property(parents: list[None], id: strawberry.ID) -> list[PropertyRecord | None]:
        return [PROPERTIES.get(id)]


def build_stock_schema() -> strawberry.Schema:
    return strawberry.Schema(StockQuery, extensions=[ParserCache, ValidationCache])


def build_batched_schema() -> strawberry.Schema:
    return strawberry.Schema(Query, extensions=[BatchedExecutor()])
