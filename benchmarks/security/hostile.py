"""Documents that are small to send and dear to look at. Each is made to be as large as some limit lets it be."""

from graphql import get_introspection_query


def _numbered(text: str, count: int) -> str:
    return " ".join(text.replace("#", str(number)) for number in range(count))


def _nested(before: str, inner: str, after: str, count: int) -> str:
    return before * count + inner + after * count


def _chain(count: int, spreads: int) -> str:
    """Fragments that spread the next one several times: 2^count fields of a page of text."""
    links = [f"fragment f{i} on Query {{ {f'...f{i + 1} ' * spreads} }}" for i in range(count)]
    return "{ ...f0 } " + " ".join(links) + f" fragment f{count} on Query {{ currency }}"


_INNER = "fragment f# on Owner { id name properties { nodes { id price } } }"

HOSTILE: dict[str, str] = {
    "fragments in fragments, 2^20": _chain(20, 2),
    "fragments in fragments, 2^200": _chain(200, 2),
    "a chain of fragments": _chain(200, 1),
    "a circle of fragments": "{ ...f0 } " + _numbered("fragment f# on Query { ...f0 }", 200),
    "one field over and over": "{ owners { nodes { " + "name " * 590 + "} } }",
    "one field as often as allowed": "{ owners { nodes { " + "name " * 99 + "} } }",
    "one list over and over": "{" + " owners { nodes { id } }" * 190 + "}",
    "overlapping fragments": "{ owners { nodes { " + _numbered("...f#", 90) + " } } } " + _numbered(_INNER, 90),
    "overlapping fragments, as allowed": "{ owners { nodes { "
    + _numbered("...f#", 40)
    + " } } } "
    + _numbered(_INNER, 40),
    "fields in conflict": "{ owners { nodes {" + _numbered("a: properties(first: #) { nodes { id } }", 90) + "} } }",
    "aliases": "{" + _numbered("a#: currency", 500) + "}",
    "aliases as allowed": "{ owners { nodes { " + _numbered("a#: propertyCount", 30) + "} } }",
    "directives": "{ currency " + "@include(if: true) " * 330 + "}",
    "unknown directives": "{ currency " + "@a " * 900 + "}",
    "unknown fields": "{ owners { nodes { " + _numbered("nothing#", 590) + "} } }",
    "long unknown names": "{ owners { nodes { " + _numbered("x" * 90 + "#", 500) + "} } }",
    "fields within fields": "{ owners { nodes "
    + "{ properties { nodes { owner " * 60
    + "{ id }"
    + "} } }" * 60
    + "} }",
    "fields of fields of types": "{ __schema { types " + "{ fields { type " * 80 + "{ name }" + "} }" * 80 + "} }",
    "types side by side": "{ __schema { types { fields {" + _numbered("a#: type { fields { name } }", 100) + "} } } }",
    "introspection": get_introspection_query(),
    "inline fragments within each other": "{ " + "... on Query { " * 190 + "currency" + " }" * 190 + "}",
    "lists within lists": "{ nodes(ids: " + "[" * 180 + "]" * 180 + ") { id } }",
    "objects within objects": "{ properties(filter: " + "{ price: " * 180 + "1" + " }" * 180 + ") { totalCount } }",
    "a long list": "{ nodes(ids: [" + "1 " * 1900 + "]) { id } }",
    "one argument over and over": "{ properties(filter: {" + 'city: "a" ' * 600 + "}) { totalCount } }",
    "operations": _numbered("query q# { currency }", 390),
    "variables": "query(" + _numbered("$a#: Int", 480) + ") { currency }",
    "unused fragments": "{ currency } " + _numbered("fragment f# on Query { currency a: currency }", 190),
    "tokens": "{" + " currency" * 16_000 + "}",
    "commas": "{ currency" + "," * 49_000 + " }",
    "comments": "{ currency" + "#\n" * 24_000 + " }",
    "a long string": '{ propertiesByCity(city: "' + "x" * 49_000 + '") { id } }',
    "an endless string": '{ propertiesByCity(city: "' + "x" * 49_000,
    "a block of lines": '{ propertiesByCity(city: """' + "x\n" * 24_000 + '""") { id } }',
    "a megabyte": "{" + " " * 990_000 + "currency }",
    "braces": "{a" * 24_000,
}
