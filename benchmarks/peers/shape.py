"""Freehold's spelling of the harness's four queries, and its answers spelt back."""

import json
from collections.abc import Callable
from typing import Any

LIST = """($c: String!, $n: Int!) {
  propertiesByCity(city: $c, limit: $n) { id address city price status owner { id name email } }
}"""
POINT = "query Point($id: ID!) { property(id: $id) { id address price owner { name } } }"
DEEP = """query Deep($c: String!, $n: Int!) {
  propertiesByCity(city: $c, limit: $n) {
    id address owner { id name properties(first: 5) { nodes { id address owner { id name } } } }
  }
}"""
QUERIES = {
    "list": ("List", f"query List{LIST}"),
    "wide": ("Wide", f"query Wide{LIST}"),
    "point": ("Point", POINT),
    "deep": ("Deep", DEEP),
}

_PREFIXES = {"owner_01h00000000000000000": "o", "property_01h00000000000000000": "p"}

# The harness orders an owner's listings by id; Freehold, as everywhere, newest first.
_DEEP_ANSWER = """
SELECT json_build_object('propertiesByCity', json_agg(
    json_build_object('id', p.id, 'address', p.address, 'owner', json_build_object(
        'id', o.id, 'name', o.name, 'properties', (
            SELECT json_agg(
                json_build_object('id', x.id, 'address', x.address,
                    'owner', json_build_object('id', o.id, 'name', o.name))
                ORDER BY x.created_at DESC, x.id DESC)
            FROM (SELECT * FROM properties WHERE owner_id = o.id ORDER BY created_at DESC, id DESC LIMIT 5) x)))
    ORDER BY p.created_at DESC, p.id))
FROM (
    SELECT * FROM properties WHERE city = '{c}' AND status = 'ACTIVE' ORDER BY created_at DESC, id LIMIT {n}
) p JOIN owners o ON o.id = p.owner_id
"""


def freehold_id(id: str) -> str:
    """The id that stands for the harness's."""
    prefix = {letter: prefix for prefix, letter in _PREFIXES.items()}[id[0]]
    return prefix + id[1:]


def spelt_back(value: Any) -> Any:
    """An answer with the harness's ids; pages are undone by the harness itself."""
    if isinstance(value, list):
        return [spelt_back(item) for item in value]
    if isinstance(value, dict):
        return {name: spelt_back(item) for name, item in value.items()}
    if isinstance(value, str):
        for prefix, letter in _PREFIXES.items():
            if value.startswith(prefix):
                return letter + value.removeprefix(prefix)
    return value


def deep_answer(variables: dict[str, Any], psql: Callable[[str], str]) -> Any:
    """What Freehold must answer to the deep query."""
    return json.loads(psql(_DEEP_ANSWER.format(**variables)))
