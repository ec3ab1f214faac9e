"""What the public may see of listings: by every way of the schema, it is as if no unpublished listing were stored."""

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    get_named_type,
    is_leaf_type,
    is_required_argument,
)
from msgspec.structs import replace

from server.app import create_app
from server.settings.secret import Secret
from server.settings.settings import Settings
from storage.database import Database
from storage.visibility import PUBLISHED_LISTINGS
from tests.graphql import SCHEMA
from tests.redis_server import RedisServer
from tests.server.clients import bearer, opened, token_settings, until_live
from tests.server.market import CHANGES, HIDDEN, HIDDEN_PRICE, LISTINGS, OWNERS, store_rows


def of_each(ids: list[str]) -> list[str]:
    return [f'(id: "{id}")' for id in ids]


_SOME = [LISTINGS[number].id for number in range(5)] + [LISTINGS[-1].id]
_IDS = [OWNERS[0].id, *_SOME[:3], *(change.id for change in CHANGES[:40:7])]
_OWNED = [f'ownerId: "{owner.id}"' for owner in OWNERS]
_FILTERS = [
    *("statuses: [DRAFT]", "statuses: [WITHDRAWN, SOLD]", 'city: "lisbon"', 'city: "porto", statuses: [DRAFT, ACTIVE]'),
    *('region: "north"', "price: { min: 1 }", "within: { south: 0, west: 0, north: 30, east: 30 }, minBedrooms: 1"),
    *_OWNED,
    *(f"{owned}, statuses: [WITHDRAWN]" for owned in _OWNED),
    *(f"{owned}, statuses: [DRAFT, ACTIVE]" for owned in _OWNED),
]
ARGUMENTS: dict[str, list[str]] = {
    "Query.property": of_each(_SOME),
    "Query.propertiesByCity": ['(city: "lisbon")', '(city: "porto", limit: 2)'],
    "Query.properties": [
        *("", "(orderBy: PRICE_UP)", "(orderBy: PRICE_DOWN, first: 3)", "(last: 4)", "(first: 0)"),
        *(f"(filter: {{ {each} }})" for each in _FILTERS),
        *(f"(filter: {{ {owned} }}, orderBy: PRICE_DOWN, last: 2)" for owned in _OWNED),
    ],
    "Query.owner": of_each([owner.id for owner in OWNERS]),
    "Query.node": of_each(_IDS),
    "Query.nodes": [f"(ids: [{', '.join(map(repr, _IDS))}])".replace("'", '"')],
    "Owner.properties": ["", "(first: 2)", "(statuses: [DRAFT, SOLD])"],
}
"""What fields that need arguments, or whose arguments choose among listings, are asked with."""

ONCE = {"Owner", "Property", "PriceChange"}
"""Types that no way comes to twice."""


def asked(on: GraphQLObjectType, name: str, field: GraphQLField, seen: tuple[str, ...]) -> Iterator[str]:
    """The field with each of its arguments and everything below it."""
    named = get_named_type(field.type)
    assert f"{on.name}.{name}" in ARGUMENTS or not any(map(is_required_argument, field.args.values())), (
        f"say in ARGUMENTS with what {on.name}.{name} is asked: does it tell of unpublished listings?"
    )
    again = ONCE - {named.name} if on.name.endswith("Edge") else ()  # the same rows as the connection's nodes
    below = selection(named, (*seen, *again))
    if below is not None:
        for number, arguments in enumerate(ARGUMENTS.get(f"{on.name}.{name}", [""])):
            yield f"{name}_{number}: {name}{arguments} {below}"


def selection(named: Any, seen: tuple[str, ...]) -> str | None:
    """Everything that can be asked of this type, None if the way came to it before."""
    if is_leaf_type(named):
        return ""
    if isinstance(named, GraphQLInterfaceType):
        targets = SCHEMA._schema.get_possible_types(named)
        return "{ __typename " + " ".join(f"... on {each.name} {selection(each, seen)}" for each in targets) + " }"
    if named.name in ONCE and named.name in seen:
        return None
    fields = (text for name, field in named.fields.items() for text in asked(named, name, field, (*seen, named.name)))
    return f"{{ {' '.join(fields)} }}"


_ROOT = SCHEMA._schema.query_type
assert _ROOT is not None
QUERIES = [f"{{ {text} }}" for name, field in _ROOT.fields.items() for text in asked(_ROOT, name, field, ())]
LIMITS = {f"max_{name}": 1_000_000 for name in ("length", "tokens", "fields", "repeats", "depth", "aliases", "cost")}
GENEROUS: dict[str, Any] = LIMITS | {
    "count_timeout": 60,
    "request_timeout": 60,
    "public": "read personal",
    "rate_limit": 0,
    "token_rate_limit": 0,
}


def settings(database_url: str, cache: str) -> Settings:
    return Settings(database_url=Secret(database_url), tokens=token_settings(), cache_url=Secret(cache), **GENEROUS)


async def ask(client: httpx.AsyncClient, query: str, who: str | None = None) -> Any:
    headers = bearer(who) if who else {}
    response = await client.post("/graphql", json={"query": query}, headers=headers)
    body = response.json()
    assert "errors" not in body, body["errors"][:3]
    return body["data"]


async def ask_all(client: httpx.AsyncClient, who: str | None = None) -> list[Any]:
    return [await ask(client, query, who) for query in QUERIES]


def test_the_walk_asks_everything() -> None:
    text = " ".join(QUERIES)
    for type_ in SCHEMA._schema.type_map.values():
        if type_.name in {"Query", "Property", "PriceChange", "Owner", "PropertyConnection", "PriceChangeConnection"}:
            assert isinstance(type_, GraphQLObjectType)
            assert [name for name in type_.fields if f" {name}" not in text] == []


@pytest.mark.parametrize("cache", ["none", "memory", "redis"])
async def test_by_every_way_the_public_sees_what_it_would_if_nothing_unpublished_were_stored(
    database_url: str, database: Database, request: pytest.FixtureRequest, cache: str
) -> None:
    if cache == "redis":
        server: RedisServer = request.getfixturevalue("redis_server")
        cache = server.url
    await store_rows(database, shown=True)
    async with opened(create_app(settings(database_url, "none"))) as client:
        expected = await ask_all(client)
    await store_rows(database, shown=False)
    app = create_app(settings(database_url, cache))
    async with opened(app) as client:
        if cache != "none":
            await until_live(app)
        for _ in range(3):  # the first time a document is unknown; then what was read is cached, and answers are kept
            assert [
                query for query, each in zip(QUERIES, expected, strict=True) if await ask(client, query) != each
            ] == []
            editors = await ask_all(client, "editor")
            assert editors != expected
        both = await asyncio.gather(*(ask(client, query, who) for query in QUERIES for who in (None, "root")))
        assert both[::2] == expected
        assert both[1::2] == editors
    assert HIDDEN in str(editors)
    assert HIDDEN not in str(expected)
    assert str(HIDDEN_PRICE)[:3] not in str(expected).replace("_", "")


async def test_costs_and_traces_tell_of_nothing_that_is_hidden(database_url: str, database: Database) -> None:
    async def told() -> list[Any]:
        async with opened(create_app(settings(database_url, "none"))) as client:
            headers = bearer("tracer") | {"freehold-trace": "1", "freehold-cost": "1"}
            of_one_thing = [
                query for query in QUERIES if "nodes(ids" not in query
            ]  # others share statements as it comes
            answers = [await client.post("/graphql", json={"query": query}, headers=headers) for query in of_one_thing]
            return [told_by(answer.json()["extensions"]) for answer in answers]

    await store_rows(database, shown=True)
    expected = await told()
    await store_rows(database, shown=False)
    assert await told() == expected


def told_by(extensions: dict[str, Any]) -> Any:
    totals = extensions["trace"]["totals"]
    return extensions["cost"], [totals[name] for name in ("statements", "naive", "keys", "rows", "hits", "misses")]


@pytest.mark.parametrize(
    ("public", "sees"),
    [
        ("read", {None: False, "reader": False, "clerk": False, "tracer": False, "editor": True, "writer": True}),
        ("read unpublished", {None: True, "reader": True, "editor": True, "writer": True}),
        ("read write", {None: True, "reader": True}),
        ("none", {"reader": False, "editor": True}),
    ],
)
async def test_unpublished_listings_are_for_those_with_the_scope_or_who_may_write(
    database_url: str, database: Database, public: str, sees: dict[str | None, bool]
) -> None:
    await store_rows(database, shown=True)
    await store_rows(database, shown=False)
    draft = next(listing for listing in LISTINGS if listing.status == "draft")
    query = f'{{ property(id: "{draft.id}") {{ id }} properties(filter: {{ statuses: [DRAFT] }}) {{ totalCount }} }}'
    drafts = sum(listing.status == "draft" for listing in LISTINGS)
    chosen = replace(settings(database_url, "none"), public=public)
    async with opened(create_app(chosen)) as client:
        for who, shown in sees.items():
            expected = {"property": {"id": draft.id}, "properties": {"totalCount": drafts}}
            nothing = {"property": None, "properties": {"totalCount": 0}}
            assert await ask(client, query, who) == (expected if shown else nothing), who


async def test_an_open_demonstration_shows_every_listing(database_url: str, database: Database) -> None:
    await store_rows(database, shown=True)
    await store_rows(database, shown=False)
    async with opened(create_app(Settings(database_url=Secret(database_url), demonstration=True))) as client:
        assert (await ask(client, "{ properties { totalCount } }"))["properties"]["totalCount"] == len(LISTINGS)


async def test_a_cursor_of_a_hidden_listing_starts_a_public_page_and_tells_nothing_of_it(
    database_url: str, database: Database
) -> None:
    await store_rows(database, shown=True)
    await store_rows(database, shown=False)
    page = "{ properties(first: 100%s) { edges { cursor node { id } } } }"
    async with opened(create_app(settings(database_url, "none"))) as client:
        public = [edge["node"]["id"] for edge in (await ask(client, page % ""))["properties"]["edges"]]
        for edge in (await ask(client, page % "", "editor"))["properties"]["edges"]:
            start = edge["node"]["id"]
            behind = await ask(client, page % f', after: "{edge["cursor"]}"')
            assert [each["node"]["id"] for each in behind["properties"]["edges"]] == [id for id in public if id < start]


CHANGE = 'mutation { updateProperty(id: "%s", input: { status: %s }) { property { status } errors { message } } }'


@pytest.mark.parametrize("cache", ["memory", "redis"])
async def test_a_listing_that_is_taken_back_is_gone_from_every_cache_when_that_is_acknowledged(
    database_url: str, database: Database, request: pytest.FixtureRequest, cache: str
) -> None:
    if cache == "redis":
        server: RedisServer = request.getfixturevalue("redis_server")
        cache = server.url
    await store_rows(database, shown=True)
    taken, owner = LISTINGS[0], OWNERS[0]
    assert taken.status == "active"
    shown = "{ id status owner { propertyCount properties { nodes { id status } } } }"
    queries = [
        f'{{ property(id: "{taken.id}") {shown} }}',
        f'{{ node(id: "{taken.id}") {{ ... on Property {shown} }} }}',
        f'{{ owner(id: "{owner.id}") {{ propertyCount properties {{ nodes {{ id status }} }} }} }}',
        f'{{ owner(id: "{owner.id}") {{ properties(statuses: [ACTIVE]) {{ totalCount nodes {{ id }} }} }} }}',
        f'{{ propertiesByCity(city: "{taken.city}") {{ id }} }}',
        "{ properties(filter: { statuses: [ACTIVE, DRAFT] }) { totalCount nodes { id } } }",
    ]
    app = create_app(settings(database_url, cache))
    async with opened(app) as client, opened(create_app(settings(database_url, "none"))) as plain:
        await until_live(app)
        for status in ("WITHDRAWN", "SOLD", "DRAFT", "ACTIVE", "DRAFT"):
            for who in (None, "editor"):
                for _ in range(4):  # until what was read is cached, and answers are kept
                    for query in queries:
                        await ask(client, query, who)
            written = await ask(client, CHANGE % (taken.id, status), "root")
            assert written["updateProperty"]["property"] == {"status": status}
            for who in (None, "editor"):
                for query in queries:
                    answer = await ask(client, query, who)
                    assert answer == await ask(plain, query, who), (status, who, query)
                    assert (taken.id in str(answer)) is is_expected(status, who, query), (status, who, query)


def is_expected(status: str, who: str | None, query: str) -> bool:
    """Whether an answer shows the listing that has this status."""
    if "propertiesByCity" in query or "(statuses: [ACTIVE])" in query:
        return status == "ACTIVE"
    if "[ACTIVE, DRAFT]" in query and status not in ("ACTIVE", "DRAFT"):
        return False
    return who is not None or status.lower() in PUBLISHED_LISTINGS.statuses
