"""Prefetched values of batched fields: read like attributes, if the request may read them."""

# mypy: disable-error-code="untyped-decorator, valid-type"
# Strawberry's own decorators are typed so.

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from types import SimpleNamespace
from typing import Any

import pytest
import strawberry

from executor import BatchedExecutor, InstanceOf, Prefetched, batched
from executor._direct.reader import PATIENCE
from tests.executor.parity import Target


class Keeper:
    """An owner, as objects hold it."""

    def __init__(self, name: Any = "Ada", mail: Any = "a@x") -> None:
        self.name = name
        self.mail = mail


class Desk:
    """What one request may see, and what its resolvers were asked for."""

    def __init__(self, *homes: Any, may_see: bool = True) -> None:
        self.homes = homes
        self.may_see = may_see
        self.called: list[tuple[str, int]] = []
        self.told: list[list[Any]] = []


def may_see(desk: Desk) -> bool:
    return desk.may_see


def hear(homes: Sequence[Any], desk: Desk) -> None:
    desk.told.append(list(homes))


@strawberry.type
class Person:
    name: str
    is_type_of = InstanceOf(Keeper)

    @batched(prefetched=Prefetched("mail", allowed=may_see))
    def mail(parents: list[Any], info: strawberry.Info) -> list[str | Exception | None]:
        info.context.called.append(("mail", len(parents)))
        return [PermissionError("not for you")] * len(parents)

    @batched
    async def age(parents: list[Any]) -> list[int]:
        return [40] * len(parents)


@strawberry.type
class Anybody:
    name: str


@strawberry.type
class Home:
    street: str

    @batched(graphql_type=Person, prefetched=Prefetched("keeper", on_read=hear))
    async def owner(parents: list[Any], info: strawberry.Info) -> list[Keeper]:
        info.context.called.append(("owner", len(parents)))
        return [getattr(parent, "keeper", None) or Keeper("loaded") for parent in parents]

    @batched(graphql_type=Person | None, prefetched=Prefetched("tenant"))
    def tenant(parents: list[Any]) -> list[Keeper | None]:
        return [getattr(parent, "tenant", None) for parent in parents]

    @batched(graphql_type=Anybody | None, prefetched=Prefetched("visitor"))
    def visitor(parents: list[Any]) -> list[Any]:
        return [getattr(parent, "visitor", None) for parent in parents]

    @batched(graphql_type=list[Person], prefetched=Prefetched("heirs"))
    def heirs(parents: list[Any]) -> list[list[Keeper]]:
        return [getattr(parent, "heirs", []) for parent in parents]


@strawberry.type
class Query:
    @batched
    def homes(parents: list[Any], info: strawberry.Info) -> list[list[Home | None]]:
        return [list(info.context.homes)]


SCHEMA = strawberry.Schema(Query)
OWNERS = "{ homes { street owner { name mail } } }"
KEEPERS = [
    Keeper(),
    Keeper(name=None),
    Keeper(name=7),
    Keeper(mail=None),
    Keeper(mail=b"x"),
    Keeper(name=ValueError("no name")),
    None,
    ValueError("no keeper"),
    SimpleNamespace(name="not a keeper", mail="m"),
]


def home(keeper: Any, **others: Any) -> SimpleNamespace:
    return SimpleNamespace(street="High St", keeper=keeper, **others)


async def compare(query: str, *homes: Any, may_see: bool = True) -> Any:
    return (await Target(SCHEMA._schema, lambda: Desk(*homes, may_see=may_see)).compare(query)).data


async def ask(query: str, desk: Desk, schema: strawberry.Schema | None = None) -> Any:
    schema = schema or strawberry.Schema(Query, extensions=[BatchedExecutor()])
    result = await schema.execute(query, context_value=desk)
    return result.data


@pytest.mark.parametrize("may_see", [True, False])
@pytest.mark.parametrize(
    "query",
    [
        OWNERS,
        "{ homes { owner { name } } }",
        "{ homes { owner { n: name __typename } also: owner { mail } street } }",
        "{ homes { owner { name age } } }",
        "{ homes { tenant { name mail } } }",
        "{ homes { tenant { name } owner { mail } } }",
        "{ homes { visitor { name } street } }",
        "{ homes { heirs { name mail } street } }",
        "{ homes { street owner { name @skip(if: true) } } }",
    ],
)
async def test_prefetched_values_of_any_type_are_completed_as_on_graphql_core(query: str, may_see: bool) -> None:
    for keeper in KEEPERS:
        odd = home(keeper, tenant=keeper, visitor=keeper, heirs=[keeper])
        even = home(Keeper(), tenant=Keeper(), visitor=Keeper(), heirs=[Keeper(), Keeper()])
        await compare(query, even, odd, even, may_see=may_see)
        await compare(query, odd, even, may_see=may_see)


async def test_no_resolver_is_called_for_prefetched_values() -> None:
    desk = Desk(home(Keeper()), home(Keeper("Ben", None)))
    assert await ask(OWNERS, desk) == {
        "homes": [
            {"street": "High St", "owner": {"name": "Ada", "mail": "a@x"}},
            {"street": "High St", "owner": {"name": "Ben", "mail": None}},
        ]
    }
    assert desk.called == []


async def test_if_one_object_lacks_the_prefetched_value_the_resolver_is_called_for_all() -> None:
    desk = Desk(home(Keeper()), SimpleNamespace(street="Low St"))
    data = await ask(OWNERS, desk)
    assert [each["owner"]["name"] for each in data["homes"]] == ["Ada", "loaded"]
    assert desk.called == [("owner", 2)]
    assert desk.told == []


async def test_a_prefetched_value_that_may_not_be_read_is_left_to_its_resolver() -> None:
    desk = Desk(home(Keeper()), home(Keeper("Ben")), may_see=False)
    data = await ask(OWNERS, desk)
    assert [each["owner"] for each in data["homes"]] == [{"name": "Ada", "mail": None}, {"name": "Ben", "mail": None}]
    assert desk.called == [("mail", 2)]


async def test_one_plan_serves_requests_that_may_read_a_prefetched_value_and_those_that_may_not() -> None:
    schema = strawberry.Schema(Query, extensions=[BatchedExecutor()])
    for may in [True, False] * PATIENCE:
        data = await ask(OWNERS, Desk(home(Keeper()), may_see=may), schema)
        assert data == {"homes": [{"street": "High St", "owner": {"name": "Ada", "mail": "a@x" if may else None}}]}


async def test_one_plan_serves_levels_with_and_without_prefetched_values() -> None:
    schema = strawberry.Schema(Query, extensions=[BatchedExecutor()])
    for _ in range(PATIENCE + 1):
        desk = Desk(SimpleNamespace(street="Low St"))
        assert (await ask(OWNERS, desk, schema))["homes"][0]["owner"]["name"] == "loaded"
        assert desk.called == [("owner", 1)]
        desk = Desk(home(Keeper()))
        assert (await ask(OWNERS, desk, schema))["homes"][0]["owner"]["name"] == "Ada"
        assert desk.called == []


@pytest.mark.parametrize("fields", ["name mail", "name age"])
async def test_on_read_is_called_once_for_each_level(fields: str) -> None:
    homes = [home(Keeper()), home(Keeper("Ben"))]
    desk = Desk(*homes)
    await ask(f"{{ homes {{ street owner {{ {fields} }} }} }}", desk)
    assert desk.told == [homes]


async def test_an_attribute_that_raises_where_a_value_is_prefetched_fails_as_on_graphql_core() -> None:
    class Moody(SimpleNamespace):
        @property
        def keeper(self) -> Keeper:
            raise ValueError("not today")

    moody = Moody(street="Low St")
    for homes in ([moody, home(Keeper())], [home(Keeper()), moody], [moody]):
        await compare("{ homes { street owner { name } } }", *homes)
        await compare("{ homes { street owner { name age } } }", *homes)


async def test_a_selection_below_a_prefetched_object_that_can_not_be_planned_fails_at_its_path() -> None:
    query = "query ($x: Boolean = true) { homes { street tenant { name @include(if: $x) } } }"
    target = Target(SCHEMA._schema, lambda: Desk(home(Keeper(), tenant=Keeper())))
    result = await target.compare(query, {"x": None})
    assert result.data == {"homes": [{"street": "High St", "tenant": None}]}


def test_a_copy_of_a_batched_field_keeps_its_prefetched_attribute() -> None:
    @batched(graphql_type=str, prefetched=Prefetched("name"))
    def field(parents: list[Any]) -> list[str]:
        return ["?"] * len(parents)

    assert copy(field).prefetched is field.prefetched
