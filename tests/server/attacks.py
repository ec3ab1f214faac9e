"""Attacks on a server at its default production settings, each with the code that answers it.

The names in brackets are those of graphql-cop's audits, of GraphQL Armor's rules, and of the sections of OWASP's cheat
sheet; docs/explanation/threats.md lists them.
"""

import json
from typing import Any

import httpx

from benchmarks.security.hostile import HOSTILE


class Attack:
    """A request, and what it must be answered with: a code, or data if `code` is None."""

    def __init__(self, code: str | None, *, method: str = "POST", **request: Any) -> None:
        self.code = code
        self.method = method
        self.request = request

    def fire(self, client: httpx.Client, url: str) -> httpx.Response:
        """Sends it."""
        return client.request(self.method, url, **self.request)


def query(code: str | None, text: str, **more: Any) -> Attack:
    return Attack(code, json={"query": text} | more)


def body(code: str, content: bytes, content_type: str = "application/json", **headers: str) -> Attack:
    return Attack(code, content=content, headers={"content-type": content_type} | headers)


WRITE = 'mutation { createOwner(input: {name: "A", email: "a@b.c"}) { owner { id } } }'
LARGE, INVALID = "DOCUMENT_TOO_LARGE", "GRAPHQL_VALIDATION_FAILED"
_CIRCULAR = "{ __schema { types " + "{ fields { type " * 4 + "{ name }" + " } }" * 4 + " } }"
_UNKNOWN_HASH = {"persistedQuery": {"version": 1, "sha256Hash": "0" * 64}}
_STATUSES = (
    "query($s: [PropertyStatus!]) { owners(first: 100) { nodes {"
    + " ".join(f"a{n}: properties(first: 1, statuses: $s) {{ nodes {{ id }} }}" for n in range(10))
    + "} } }"
)
_PAGES = "owners(first: 100) { nodes { properties(first: 100) { nodes { id } } } }"


def _deep(levels: int) -> Any:
    value: Any = []
    for _ in range(levels):
        value = [value]
    return value


ATTACKS: dict[str, Attack] = {
    "alias overloading [cop: alias_overloading; Armor: max-aliases]": query(
        LARGE, "{" + " ".join(f"alias{n}: __typename" for n in range(101)) + "}"
    ),
    "batches [cop: batch_query; OWASP: batching]": body(
        "BAD_REQUEST", b"[" + b",".join([b'{"query": "{ __typename }"}'] * 10) + b"]"
    ),
    "fragments in a circle [cop: circular_fragment]": query(
        INVALID, "{ __schema { ...A } } fragment A on __Schema { __typename ...B } fragment B on __Schema { ...A }"
    ),
    "introspection in a circle [cop: circular_query_introspection]": query(INVALID, _CIRCULAR),
    "directive overloading [cop: directive_overloading; Armor: max-directives]": query(
        LARGE, "{ __typename " + "@aa" * 31 + " }"
    ),
    "field duplication [cop: field_duplication]": query(LARGE, "{" + " __typename" * 500 + "}"),
    "mutations by GET [cop: get_based_mutation]": Attack("METHOD_NOT_ALLOWED", method="GET", params={"query": WRITE}),
    "urlencoded bodies [cop: post_based_csrf]": Attack("UNSUPPORTED_MEDIA_TYPE", data={"query": "{ __typename }"}),
    "unhandled errors [cop: unhandled_error_detection]": query("GRAPHQL_PARSE_FAILED", "qwerty cop { abc }"),
    "writing without a token [OWASP: access control]": query("UNAUTHENTICATED", WRITE),
    "a made-up token [OWASP: access control]": Attack(
        "UNAUTHENTICATED", json={"query": "{ __typename }"}, headers={"authorization": "Bearer admin"}
    ),
    "personal data without the scope [OWASP: access control]": query(
        "FORBIDDEN", "{ owners(first: 1) { nodes { email } } }"
    ),
    "SQL in an argument [OWASP: injection]": query(
        None, '{ owners(filter: {nameStartsWith: "x\' OR 1=1 --"}) { nodes { id } } }'
    ),
    "SQL in an id [OWASP: injection]": query("BAD_USER_INPUT", '{ owner(id: "owner_1\' OR 1=1 --") { id } }'),
    "control characters [OWASP: input validation]": query(
        "BAD_USER_INPUT", '{ propertiesByCity(city: "a\\u0000b") { id } }'
    ),
    "a wrong type in variables [OWASP: input validation]": query(
        "BAD_USER_INPUT", "query($n: Int) { owners(first: $n) { nodes { id } } }", variables={"n": "' OR 1=1"}
    ),
    "pages within pages [OWASP: query cost; Armor: cost-limit]": query("COST_EXCEEDED", f"{{ {_PAGES} }}"),
    "a great page by variable [OWASP: amount limiting]": query(
        "BAD_USER_INPUT", "query($n: Int) { owners(first: $n) { nodes { id } } }", variables={"n": 1_000_000}
    ),
    "depth [OWASP: depth limiting; Armor: max-depth]": query(
        LARGE, "{ owners { nodes " + "{ properties { nodes { owner " * 10 + "{ id }" + "} } }" * 10 + " } }"
    ),
    "many values in variables": query(
        LARGE,
        "query($s: [PropertyStatus!]) { properties(filter: {statuses: $s}) { totalCount } }",
        variables={"s": ["SOLD"] * 80_000},
    ),
    "many ids in variables": query(
        "COST_EXCEEDED", "query($ids: [ID!]!) { nodes(ids: $ids) { id } }", variables={"ids": ["x"] * 19_000}
    ),
    "one list of statuses used ten times below a hundred owners": query(
        "COST_EXCEEDED", _STATUSES, variables={"s": ["SOLD"] * 19_000}
    ),
    "the same by GET": Attack(
        "COST_EXCEEDED", method="GET", params={"query": _STATUSES, "variables": json.dumps({"s": ["SOLD"] * 4_000})}
    ),
    "more statuses than there are": query("BAD_USER_INPUT", _STATUSES, variables={"s": ["SOLD"] * 6}),
    "one long id used twenty times": query(
        "BAD_USER_INPUT",
        "query($id: ID!) {" + " ".join(f"a{n}: owner(id: $id) {{ id }}" for n in range(20)) + "}",
        variables={"id": "a_" * 400_000},
    ),
    "deep variables": query(LARGE, "query($s: [ID!]!) { nodes(ids: $s) { id } }", variables={"s": _deep(90)}),
    "variables deeper than JSON goes": body(
        "BAD_REQUEST", b'{"query": "{ __typename }", "variables": ' + b'{"a":' * 99_999
    ),
    "a great body [Armor: character-limit]": body("BODY_TOO_LARGE", b" " * 1_000_001),
    "a compressed body": body("UNSUPPORTED_MEDIA_TYPE", b"x", **{"content-encoding": "gzip"}),
    "broken UTF-8": body("BAD_REQUEST", b'{"query": "\xff"}'),
    "errors behind empty lines": query(
        "FORBIDDEN",
        "{" + "\n" * 44_000 + " ".join(f"a{n}: owners(first: 100) {{ nodes {{ email }} }}" for n in range(10)) + "}",
    ),
    "errors of merged fields behind empty lines": query(
        "FORBIDDEN",
        "{"
        + "\n" * 44_000
        + " ".join(f"a{n}: owners(first: 100) {{ nodes {{ email email }} }}" for n in range(10))
        + "}",
    ),
    "wrong ids behind empty lines": query(
        "BAD_USER_INPUT",
        "query($ids: [ID!]!) {" + "\n" * 44_000 + "nodes(ids: $ids) { id } }",
        variables={"ids": ["x"] * 100},
    ),
    "an invalid document with empty lines": query(
        INVALID, "{" + "\n" * 44_000 + " ".join(f"...f{n}" for n in range(500)) + "}"
    ),
    "a long name of a field in the answer": query(
        LARGE, "{ owners(first: 100) { nodes { " + "A" * 48_000 + ": id } } }"
    ),
    "a long name of an operation": query(LARGE, "query " + "A" * 48_000 + " { owners { nodes { email } } }"),
    "a long name of an unknown operation": query("BAD_USER_INPUT", "{ currency }", operationName="\x00" * 150_000),
    "a long name of an unknown input field": query(
        LARGE,
        "query($f: PropertyFilter) { properties(filter: $f) { totalCount } }",
        variables={"f": {"x" * 900_000: 1}},
    ),
    "a long value of an enum": query(
        "BAD_USER_INPUT",
        "query($o: PropertyOrder) { properties(orderBy: $o) { totalCount } }",
        variables={"o": "x" * 900_000},
    ),
    "an unknown operation": query("BAD_USER_INPUT", "query A { __typename }", operationName="B"),
    "a subscription": query(INVALID, "subscription { currency }"),
    "incremental delivery": query(INVALID, "{ ... @defer { currency } }"),
    "an unknown hash": Attack("PERSISTED_QUERY_NOT_FOUND", json={"extensions": _UNKNOWN_HASH}),
    "a hash of another document": query("BAD_USER_INPUT", "{ currency }", extensions=_UNKNOWN_HASH),
    "websocket upgrade": Attack("BAD_REQUEST", method="GET", headers={"upgrade": "websocket", "connection": "upgrade"}),
    "another method": Attack("METHOD_NOT_ALLOWED", method="DELETE"),
}
_PASS = {
    "introspection",
    "commas",
    "inline fragments within each other",
    "overlapping fragments, as allowed",
    "one field as often as allowed",
    "aliases as allowed",
}
_CODES = {
    "a long string": "BAD_USER_INPUT",
    "a block of lines": "BAD_USER_INPUT",
    "a long list": "BAD_USER_INPUT",
}
for _name, _text in HOSTILE.items():
    ATTACKS[_name] = Attack(None if _name in _PASS else _CODES.get(_name, "*"), json={"query": _text})
