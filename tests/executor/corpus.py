"""Documents over the world schema, feature by feature; most are multiplied by the parts they combine."""

from __future__ import annotations

from typing import Any

Case = tuple[str, dict[str, Any]]

LEAVES = ["id", "title", "nickname", "rooms", "count", "area", "open", "status", "state", "mark", "path", "label"]
LISTS = ["tags", "words", "grid", "distances"]
OBJECTS = ["twin", "near", "owner", "tenant", "neighbours", "landmark", "later", "must", "visitors", "stream"]
ABSTRACT = ["related", "things", "node", "nodes"]

MIXED = """
{ a: houses { id near { id owner { id houses(first: 3) { id title } } } }
  b: all { twin { must { later { stream { id visitors { secret } } } } } } required }
"""

BY_FEATURE = [
    "{ __typename }",
    "{ __typename __typename a: __typename }",
    "{ required again: required }",
    "{ house { id } }",
    "{ house(number: 2) { id number: count } }",
    "{ a: house(number: 1) { id } b: house(number: 2) { id } }",
    "{ house { id } house { title } house { id title nickname } }",
    "{ house { owner { id } owner { title } ... on House { owner { nickname } } } }",
    "{ house { near { id } } house { near { title near { id } } } }",
    "{ house { ...A ...B } } fragment A on House { id owner { id } } fragment B on House { title owner { title } }",
    "{ house { ...A } } fragment A on Node { id ...B } fragment B on House { title }",
    "{ house { ... { id ... { title } } } }",
    "{ ...Q } fragment Q on Query { required house { id } }",
    "{ houses(window: {first: 1}) { id } }",
    '{ houses(window: {first: 3, skip: 1, words: ["a", "b"]}) { id } }',
    "{ all(first: 0) { id owner { id } } }",
    "{ all(first: 1) { id owner { id } } }",
    "{ all(first: 6) { id owner { id houses { id } } } }",
    "{ person(key: {number: 1}) { id secret shout state } }",
    '{ person(key: {name: "ab"}) { id secret shout(word: "psst") } }',
    "{ person(key: {number: 0}) { houses { code owner { secret } } } }",
    '{ node(id: "house-1") { __typename id title } }',
    '{ node(id: "person-2") { __typename id ... on Person { state open } ... on House { rooms } } }',
    '{ node(id: "house-x") { id } }',
    "{ things { __typename ... on House { id rooms } ... on Person { id state } } }",
    "{ things { ... on Node { id landmark { id landmark { title } } } } }",
    "{ house { related { ... on House { related { ... on Person { id } ... on House { id } } } } } }",
    "{ house { nodes { __typename id ...P } } } fragment P on Person { open houses { title } }",
    "{ echo }",
    '{ echo(status: SOLD, window: {}, text: "é") }',
    '{ house { label(words: []) b: label(words: ["x"], status: SOLD) c: label(words: null) } }',
    "{ house { neighbours(atMost: 1) { id } more: neighbours(window: {first: 3}) { id title } } }",
    "{ house { a: owner { id } b: owner { id } c: owner { title houses(first: 1) { id } } } }",
    "{ house { ... on House @skip(if: true) { id } ... on House @include(if: true) { title } } }",
    "{ house { id @skip(if: true) title @include(if: false) } }",
    "{ house @skip(if: true) { id } }",
    "{ houses { owner @include(if: true) @skip(if: false) { id } } }",
    "{ house { grid again: grid tags words } }",
    "{ house { near { near { near { id owner { id } } } } } }",
    "{ houses { must { must { must { id } } } } }",
    "{ houses { path twin { path twin { path } } near { path } owner { houses { path } } } }",
    "{ things { ... on House { path things { ... on House { path } } } } }",
    "{ __schema { queryType { name } types { name kind fields { name type { name ofType { name } } } } } }",
    '{ __type(name: "House") { name fields(includeDeprecated: true) { name args { name defaultValue } } } }',
    '{ __type(name: "Nothing") { name } house { __typename id } }',
    "mutation { build(number: 1) { id owner { id } } }",
    "mutation { a: burn(number: 1) b: build(number: 2) { id title } c: burn(number: 2) }",
    "mutation { a: build(number: 1) { id } b: burn(number: 3) c: build(number: 2) { id } }",
    "mutation { a: burn(number: 3) b: burn(number: 3) }",
    "mutation { build(number: 0) { near { id must { owner { title } } } } b: build(number: 1) { stream { id } } }",
    "{ things { ... on Person { houses(first: 3) { tenant { id } neighbours(atMost: 3) { owner { shout } } } } } }",
    "{ all(first: 5) { status mark area owner { landmark { status mark area } } tenant { landmark { area } } } }",
    "{ houses { visitors { houses { visitors { id title } } } things { __typename } } required }",
    "{ houses { stream { code } code distances owner { secret } } }",
    MIXED,
]

WITH_VARIABLES: list[Case] = [
    ("query ($n: Int!) { house(number: $n) { id } }", {"n": 3}),
    ("query ($n: Int!) { house(number: $n) { id } }", {}),
    ("query ($n: Int!) { house(number: $n) { id } }", {"n": "x"}),
    ("query ($n: Int = 2) { house(number: $n) { id } }", {}),
    ("query ($n: Int = 2) { house(number: $n) { id } }", {"n": None}),
    ("query ($n: Int! = 2) { all(first: $n) { id owner { id } } }", {"n": 4}),
    ("query ($s: Status) { echo(status: $s) }", {"s": "SOLD"}),
    ("query ($s: Status) { echo(status: $s) }", {"s": "LOST"}),
    ("query ($s: Status) { echo(status: $s) }", {}),
    ("query ($w: Window) { echo(window: $w) houses(window: $w) { id } }", {"w": {"first": 1, "words": ["a"]}}),
    ("query ($w: Window) { echo(window: $w) }", {"w": {"wrong": 1}}),
    ("query ($w: Window) { house { neighbours(window: $w) { id } } }", {"w": None}),
    ("query ($f: Int!) { echo(window: {first: $f}) house { neighbours(window: {first: $f}) { id } } }", {"f": 1}),
    ("query ($k: Key!) { person(key: $k) { id } }", {"k": {"number": 1}}),
    ("query ($k: Key!) { person(key: $k) { id } }", {"k": {"number": 1, "name": "a"}}),
    ("query ($k: Key!) { person(key: $k) { id } }", {"k": {}}),
    ("query ($k: Int!) { person(key: {number: $k}) { id } }", {"k": 2}),
    ("query ($x: [String!]) { house { label(words: $x) } }", {"x": ["a", "b"]}),
    ('query ($x: String!) { house { label(words: [$x, "z"]) } }', {"x": "y"}),
    ("query ($x: [String!]) { house { label(words: $x) } }", {"x": "one"}),
]

CONDITIONS = [
    "query ($a: Boolean!, $b: Boolean = true) { house { id @skip(if: $a) title @include(if: $b) } }",
    "query ($a: Boolean!, $b: Boolean = true) { house @include(if: $a) { id owner @skip(if: $b) { id } } required }",
    "query ($a: Boolean!, $b: Boolean = true) { houses { ...F @include(if: $a) ... @skip(if: $b) { title } id } }"
    " fragment F on House { owner { id @include(if: $b) title } }",
]


def build_corpus() -> list[Case]:
    """Every case: a document and its variables."""
    cases: list[Case] = [(document, {}) for document in BY_FEATURE]
    cases += WITH_VARIABLES
    cases += [(document, {"a": a, "b": b}) for document in CONDITIONS for a in (True, False) for b in (True, False)]
    cases += [(f"{{ houses {{ {field} }} }}", {}) for field in [*LEAVES, *LISTS]]
    cases += [(f"{{ house {{ {field} x: {field} }} }}", {}) for field in LEAVES]
    for field in OBJECTS:
        cases += [
            (f"{{ houses {{ {field} {{ id title }} }} }}", {}),
            (f"{{ all {{ {field} {{ nickname landmark {{ id count state }} }} id }} }}", {}),
            (f"{{ house {{ near {{ {field} {{ __typename id }} }} }} }}", {}),
        ]
    for field in ABSTRACT:
        members = "... on House { id count mark } ... on Person { id state shout }"
        cases += [
            (f"{{ houses {{ {field} {{ __typename {members} }} }} }}", {}),
            (f"{{ house {{ {field} {{ ... on Node {{ id title landmark {{ owner {{ id }} }} }} }} }} }}", {}),
        ]
    return cases
