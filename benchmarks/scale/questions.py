"""What is asked of every database, and how deep its pages go."""

from typing import Any, NamedTuple

import orjson

from benchmarks.server.connection import Connection

PAGE, DEEP = 20, 1000
DEEP_PAGE = f"the same: page {DEEP:,}, or one of its last"
MOST = 100  # the largest page there is
BEDROOMS_OF_NOBODY = 7  # the demo data has up to 6
_CITIES = ("Berlin", "München", "Hamburg", "Paris", "Wien", "Madrid", "Barcelona", "Lisboa", "Roma", "Milano")
_PRICED = {"city": "Berlin", "statuses": ["ACTIVE"], "price": {"min": 300_000}}
_TROMSØ = {"south": 69.6, "west": 18.8, "north": 69.7, "east": 19.1}
_FIELDS = "id address city price status"
_LIST = f"""query List($city: String!) {{
  propertiesByCity(city: $city, limit: 50) {{ {_FIELDS} owner {{ id name email }} }}
}}"""
_POINT = "query Point($id: ID!) { property(id: $id) { id address price owner { name } } }"
_SEARCH = f"""query Search($filter: PropertyFilter, $order: PropertyOrder! = NEWEST, $first: Int!, $after: String) {{
  properties(filter: $filter, orderBy: $order, first: $first, after: $after) {{
    nodes {{ {_FIELDS} }} pageInfo {{ hasNextPage endCursor }}
  }}
}}"""
_COUNT = "query Count($filter: PropertyFilter) { properties(filter: $filter, first: 0) { totalCount } }"


class Question(NamedTuple):
    """A query, and the variables that it is asked with in turn. `page` is the page's number, where that matters."""

    name: str
    query: str
    variables: list[dict[str, Any]]
    page: int | None = None

    def bodies(self) -> list[bytes]:
        return [orjson.dumps({"query": self.query, "variables": variables}) for variables in self.variables]


async def find_questions(connection: Connection, ids: list[str]) -> list[Question]:
    """The same ones for every database; `ids` are some of its listings."""
    page, after = await _walk(connection)
    return [
        Question("50 of a city with their owners", _LIST, [{"city": city} for city in _CITIES]),
        Question("one by id with its owner", _POINT, [{"id": id} for id in ids]),
        Question("Berlin from 300,000 on, cheapest first: page 1", _SEARCH, [_priced(PAGE, None)]),
        Question(DEEP_PAGE, _SEARCH, [_priced(PAGE, after)], page),
        _search("3 bedrooms in Berlin", {"city": "Berlin", "statuses": ["ACTIVE"], "minBedrooms": 3}),
        _search("in a part of the map without a city, Tromsø", {"statuses": ["ACTIVE"], "within": _TROMSØ}),
        _search("bedrooms nobody has, in Berlin", {"city": "Berlin", "minBedrooms": BEDROOMS_OF_NOBODY}),
        _search("bedrooms nobody has, anywhere", {"minBedrooms": BEDROOMS_OF_NOBODY}),
        _count("how many in Berlin", {"city": "Berlin"}),
        _count("how many", {}),
        _count("how many with 3 bedrooms in Berlin", {"city": "Berlin", "minBedrooms": 3}),
        _count("how many with bedrooms nobody has", {"minBedrooms": BEDROOMS_OF_NOBODY}),
    ]


def describe(question: Question, data: dict[str, Any] | None) -> str:
    """How much an answer holds."""
    [found] = (data or {"": None}).values()
    if found is None:
        return "nothing"
    if "totalCount" in found:
        count = found["totalCount"]
        return "null" if count is None else f"{count:,}"
    rows = found if isinstance(found, list) else found.get("nodes", [found])
    return f"{len(rows)} rows" + (f" of page {question.page:,}" if question.page else "")


def _search(name: str, wanted: dict[str, Any]) -> Question:
    return Question(name, _SEARCH, [{"filter": wanted, "first": PAGE}])


def _count(name: str, wanted: dict[str, Any]) -> Question:
    return Question(f"totalCount: {name}", _COUNT, [{"filter": wanted}])


def _priced(first: int, after: str | None) -> dict[str, Any]:
    return {"filter": _PRICED, "order": "PRICE_UP", "first": first, "after": after}


async def _walk(connection: Connection) -> tuple[int, str | None]:
    """Page by page, as a client would go: the page DEEP, or else one of the last, its number and where it starts."""
    row, after = 0, None
    places: list[tuple[int, str | None]] = []
    while row < (DEEP - 1) * PAGE:
        places.append((row // PAGE + 1, after))
        size = min(MOST, (DEEP - 1) * PAGE - row)
        body = orjson.dumps({"query": _SEARCH, "variables": _priced(size, after)})
        found = orjson.loads(await connection.ask(body))["data"]["properties"]
        row, after = row + size, found["pageInfo"]["endCursor"]
        if not found["pageInfo"]["hasNextPage"]:
            return places[-2:][0]
    return DEEP, after
