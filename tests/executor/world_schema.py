"""A Strawberry schema with every kind of field, over a world."""

# mypy: disable-error-code="untyped-decorator, valid-type"
# Strawberry's own decorators are typed so.

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any, NewType

import strawberry
from graphql import GraphQLError
from strawberry.extensions import FieldExtension
from strawberry.permission import BasePermission
from strawberry.schema.config import StrawberryConfig

from executor import batched
from tests.executor.world import MANY, HouseRecord, PersonRecord, Record, Status, World

StatusEnum = strawberry.enum(Status, name="Status")
Mark = NewType("Mark", int)
Info = strawberry.Info[World, Any]


def write_mark(value: Any) -> Any:
    if value == 7:
        raise GraphQLError("Seven is no mark.", extensions={"code": "MARK"})
    return None if value == 6 else f"mark {value}"


class Forbidden(BasePermission):
    message = "Not for you."
    error_extensions = {"code": "FORBIDDEN"}  # noqa: RUF012

    def has_permission(self, source: Any, info: Any, **kwargs: Any) -> bool:
        return getattr(source, "number", 0) != 1


class Loud(FieldExtension):
    def resolve(self, next_: Any, source: Any, info: Any, **kwargs: Any) -> Any:
        value = next_(source, info, **kwargs)
        return value.upper() if isinstance(value, str) else value


@strawberry.input
class Window:
    first: int = 2
    skip: int | None = None
    words: list[str] = strawberry.field(default_factory=list)


@strawberry.input(one_of=True)
class Key:
    number: int | None = strawberry.UNSET
    name: str | None = strawberry.UNSET


@strawberry.interface
class Node:
    id: strawberry.ID
    title: str
    nickname: str | None

    @batched(graphql_type="House | None")
    def landmark(parents: list[Record], info: Info) -> Any:
        return info.context.batch("landmark", parents, info.context.house)


@strawberry.type
class Person(Node):
    state: StatusEnum
    open: bool | None
    twin: House | None

    @classmethod
    def is_type_of(cls, value: Any, info: Any) -> bool:
        return isinstance(value, PersonRecord)

    @batched(graphql_type="list[House]")
    def houses(parents: list[Record], info: Info, first: int = 2) -> Any:
        return info.context.batch("houses", parents, info.context.many(info.context.house, first), first)

    @strawberry.field(permission_classes=[Forbidden])
    def secret(self) -> str:
        return f"secret of {self.id}"

    @strawberry.field(extensions=[Loud()])
    def shout(self, info: Info, word: str = "hey") -> str | None:
        return info.context.value("shout", self, lambda random: word, word)  # type: ignore[no-any-return]


@strawberry.type
class House(Node):
    rooms: int | None
    count: int
    area: float | None
    open: bool | None
    status: StatusEnum | None
    state: StatusEnum
    mark: Mark | None
    tags: list[str]
    words: list[str] | None
    grid: list[list[int] | None] | None
    twin: House | None
    near: list[House]
    related: Thing | None

    @classmethod
    def is_type_of(cls, value: Any, info: Any) -> bool:
        return isinstance(value, HouseRecord)

    @batched(graphql_type=Person)
    def owner(parents: list[Record], info: Info) -> Any:
        return info.context.batch("owner", parents, info.context.person)

    @batched(graphql_type=Person | None, description="Who rents it.", deprecation_reason="nobody")
    def tenant(parents: list[Record], info: Info) -> Any:
        return info.context.batch("tenant", parents, info.context.person)

    @batched(graphql_type="list[House | None] | None")
    def neighbours(
        parents: list[Record],
        info: Info,
        at_most: Annotated[int, strawberry.argument(description="How many.")] = 2,
        window: Window | None = None,
    ) -> Any:
        most = window.first if window else at_most
        return info.context.batch("neighbours", parents, info.context.many(info.context.house, most), most)

    @batched
    def distances(parents: list[Record]) -> list[list[int] | Exception]:
        return [[parent.number, 2] if parent.number else ValueError("no distance") for parent in parents]

    @batched(graphql_type=str, permission_classes=[Forbidden])
    def code(parents: list[Record], info: Info) -> Any:
        return info.context.batch("code", parents, lambda random: "1234")

    @strawberry.field
    def label(self, info: Info, words: list[str] | None = None, status: StatusEnum = Status.OPEN) -> str | None:
        text = f"{self.id} {words} {status}"
        return info.context.value("label", self, lambda random: text)  # type: ignore[no-any-return]

    @strawberry.field
    def path(self, info: Info) -> str:
        return f"{info.path.as_list()} {info.field_name} {info._raw_info.parent_type}"

    @strawberry.field(graphql_type="House | None")
    def later(self, info: Info) -> Any:
        return info.context.later("later", self, info.context.house)

    @strawberry.field(graphql_type="House")
    async def must(self, info: Info) -> Any:
        return info.context.value("must", self, info.context.house)

    @strawberry.field(graphql_type="list[Person]")
    def visitors(self, info: Info) -> Any:
        world = info.context
        return [world.later("visitors", self, world.person, number) for number in range(2)]

    @strawberry.field(graphql_type="list[House | None] | None")
    def stream(self, info: Info) -> Any:
        if info.context.waits:
            return houses_in_turn(info.context, self)
        return [info.context.value("stream", self, info.context.house)]

    @strawberry.field(graphql_type="list[Thing | None]")
    def things(self, info: Info) -> Any:
        return info.context.later("things", self, info.context.many(info.context.anything))

    @strawberry.field(graphql_type=Node | None)
    def node(self, info: Info) -> Any:
        return info.context.later("node", self, info.context.anything)

    @strawberry.field(graphql_type=list[Node])
    def nodes(self, info: Info) -> Any:
        return info.context.value("nodes", self, info.context.many(info.context.anything))


Thing = Annotated[House | Person, strawberry.union("Thing")]


async def houses_in_turn(world: World, record: Any) -> AsyncIterator[Record]:
    for number in range(2):
        yield world.value("stream", record, world.house, number)


@strawberry.type
class Query:
    @strawberry.field(graphql_type=House | None)
    def house(self, info: Info, number: int = 0) -> Any:
        return info.context.record("house", number)

    @strawberry.field(graphql_type=list[House])
    async def houses(self, info: Info, window: Window | None = None) -> Any:
        first = window.first if window else 4
        return [info.context.record("house", number) for number in range(min(first, MANY))]

    @batched(graphql_type=list[House])
    def all(parents: list[None], info: Info, first: int = 3) -> Any:
        return info.context.batch(
            "all", parents, lambda random: [*map(info.context.house, [random] * min(first, MANY))], first
        )

    @strawberry.field(graphql_type=Person | None)
    def person(self, info: Info, key: Key) -> Any:
        number = key.number if key.number is not strawberry.UNSET else len(key.name or "")
        return info.context.record("person", number or 0)

    @strawberry.field(graphql_type=Node | None)
    def node(self, info: Info, id: strawberry.ID) -> Any:
        kind, _, number = id.partition("-")
        return info.context.record(kind, int(number))

    @strawberry.field(graphql_type=list[Thing])
    def things(self, info: Info) -> Any:
        return info.context.value("things", None, info.context.many(info.context.anything, 5))

    @strawberry.field
    def required(self, info: Info) -> int:
        return info.context.value("required", None, lambda random: 1)  # type: ignore[no-any-return]

    @strawberry.field
    def echo(self, status: StatusEnum | None = None, window: Window | None = None, text: str = "x") -> str:
        return f"{status} {window} {text}"


@strawberry.type
class Mutation:
    @strawberry.mutation(graphql_type=House | None)
    async def build(self, info: Info, number: int) -> Any:
        info.context.batches.append(f"build {number}")
        return info.context.value("build", None, lambda random: info.context.record("house", number), number)

    @strawberry.mutation
    def burn(self, info: Info, number: int) -> int:
        info.context.batches.append(f"burn {number}")
        if number == 3:
            raise ValueError("It does not burn.")
        return number


@strawberry.type
class Subscription:
    @strawberry.subscription(graphql_type=House)
    async def built(self, info: Info, count: int = 2) -> AsyncIterator[Any]:
        for number in range(count):
            yield info.context.record("house", number)


CONFIG = StrawberryConfig(scalar_map={Mark: strawberry.scalar(name="Mark", serialize=write_mark, parse_value=int)})


def build_world_schema(**options: Any) -> strawberry.Schema:
    return strawberry.Schema(Query, Mutation, Subscription, types=[House, Person], config=CONFIG, **options)
