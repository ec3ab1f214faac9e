"""The cost of operations, and the table behind it."""

from typing import Any

import pytest
from graphql import (
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    OperationDefinitionNode,
    get_introspection_query,
    get_named_type,
    get_nullable_type,
    is_list_type,
    parse,
    validate,
)
from hypothesis import given
from hypothesis import strategies as st

from schema.cost import COSTS, SEARCH, FieldCost, Inherited, Length, Page, cost_of
from server.admission.operation_cost import CostExceeded, OperationCost, compile_cost
from server.admission.variable_values import check_values
from tests.graphql import SCHEMA

TYPES = {name: type_ for name, type_ in SCHEMA._schema.type_map.items() if isinstance(type_, GraphQLObjectType)}


def compiled(text: str, name: str | None = None) -> OperationCost:
    document = parse(text)
    assert validate(SCHEMA._schema, document) == []
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    return compile_cost(SCHEMA._schema, document, operations[0])


def cost(text: str, **variables: Any) -> int:
    return compiled(text).of(variables, check_values(variables, 1_000_000, 128))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{ currency }", 1),
        ('{ property(id: "a") { id price } }', 1),
        ('{ property(id: "a") { owner { name } } }', 2),
        ('{ propertiesByCity(city: "a") { id } }', 1 + 20),
        ('{ propertiesByCity(city: "a", limit: 500) { owner { name } } }', 1 + 500 * 2),
        ('{ propertiesByCity(city: "a", limit: 100000) { id } }', 1 + 500),
        ('{ propertiesByCity(city: "a", limit: -1) { id } }', 1),
        ("{ properties { nodes { id } } }", 2 + 20),
        ("{ properties(first: 50) { nodes { id } pageInfo { endCursor } } }", 2 + 50 + 1),
        ("{ properties(last: 50) { edges { cursor node { id } } } }", 2 + 50),
        ("{ properties(first: 50) { edges { cursor } } }", 2 + 50),
        ("{ properties(first: 50) { pageInfo { endCursor } } }", 2 + 50),
        ("{ properties(first: 50) { __typename } }", 2 + 50),
        ("{ properties(first: 50) { totalCount } }", 2 + 50),
        ("{ properties(first: 5) { totalCount } }", 2 + 10),
        ("{ properties(first: 50) { a: edges { cursor } b: edges { a: node { id } b: node { id } } } }", 2 + 50 + 100),
        ("{ owners(first: 10) { nodes { properties(first: 50) { edges { cursor } } } } }", 2 + 10 * (1 + 2 + 50)),
        ('{ propertiesByCity(city: "a", limit: 10) { priceHistory(first: 5) { edges { cursor } } } }', 1 + 10 * 8),
        ("{ properties(first: 0) { totalCount } }", 2 + 10),
        ("{ properties(first: null) { nodes { id } } }", 2 + 20),
        ("{ owners(first: 10) { nodes { propertyCount } } }", 2 + 10 * 2),
        (
            "{ owners(first: 10) { nodes { properties(first: 5) { nodes { owner { id } } } } } }",
            2 + 10 * (1 + 2 + 5 * 2),
        ),
        ("{ properties(first: 10) { nodes { priceHistory(first: 3) { nodes { newPrice } } } } }", 2 + 10 * (1 + 2 + 3)),
        ('{ nodes(ids: ["a", "b", "c"]) { id ... on Property { owner { id } } } }', 1 + 3 * 2),
        ('{ node(id: "a") { ... on Owner { propertyCount } ... on Property { owner { id } } } }', 1 + 1 + 1),
        ('mutation { deleteProperty(id: "a") { deletedId errors { code } } }', 11),
        ('{ a: property(id: "a") { id } b: property(id: "b") { id } }', 2),
        ('{ property(id: "a") { id } ...F } fragment F on Query { property(id: "a") { owner { id } } }', 2),
    ],
)
def test_a_field_costs_its_weight_its_rows_and_what_is_selected_of_them(text: str, expected: int) -> None:
    assert cost(text) == expected


def test_variables_are_known_and_so_are_their_defaults() -> None:
    text = "query($n: Int = 30) { properties(first: $n) { nodes { id } } }"
    assert [cost(text), cost(text, n=5), cost(text, n=None), cost(text, n=10**9)] == [32, 7, 22, 102]
    assert [cost(text, n=2.5), cost(text, n=True), cost(text, n={})] == [102, 102, 102]  # execution refuses them
    ids = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    assert [cost(ids, ids=["a"] * 7), cost(ids, ids="a"), cost(ids, ids=[])] == [8, 2, 1]
    inputs = "mutation($i: [CreatePropertyInput!]!) { createProperties(inputs: $i) { properties { id } } }"
    assert cost(inputs, i=[{}] * 1000) == 10 + 1000 + 1 + 1000 + 2 * 40


SEARCHED = "{ properties(filter: {%s}) { nodes { id } } }"


@pytest.mark.parametrize(
    ("given", "filters"),
    [
        ('statuses: [SOLD], city: "a"', 0),
        ("minBathrooms: 900", 1),
        ('minBedrooms: 9, region: "a", area: {min: 1}, price: {min: 9}', 4),
        ("within: {south: 1, west: 1, north: 1, east: 1}, area: null", 1),
        ('minBathrooms: 900, city: "a"', 0),
        ('minBathrooms: 900, ownerId: "a"', 0),
        ("minBathrooms: 900, ownerId: null", 1),
    ],
)
def test_a_filter_that_no_index_serves_costs_fifty_unless_another_leaves_few_rows(given: str, filters: int) -> None:
    assert cost(SEARCHED % given) == 22 + 50 * filters


def test_a_filter_costs_the_same_in_a_variable_or_made_of_some() -> None:
    whole = "query($f: PropertyFilter = {minBedrooms: 1}) { properties(filter: $f) { nodes { id } } }"
    assert [cost(whole), cost(whole, f={"area": {}, "region": "a", "statuses": []})] == [72, 122]
    assert [cost(whole, f={"area": {}, "city": "a"}), cost(whole, f=None), cost(whole, f={"area": None})] == [22] * 3
    assert cost(whole, f="wrong") == cost(whole, f=[1]) == 22
    parts = "query($n: Int, $c: String) { properties(filter: {minBedrooms: $n, city: $c}) { nodes { id } } }"
    assert [cost(parts), cost(parts, n=1), cost(parts, n=1, c="a"), cost(parts, n=1, c=None)] == [22, 72, 22, 72]
    assert compiled(parts).greatest({"n": 1}) == ("properties", 1 + 50 + 1)


def test_the_weights_of_filters_name_fields_of_the_filter() -> None:
    names = {*SEARCH.fields, *SEARCH.unless, "statuses"}
    filter_type = SCHEMA._schema.type_map["PropertyFilter"]
    assert isinstance(filter_type, GraphQLInputObjectType)
    assert names == set(filter_type.fields), "decide what a filter costs: schema/cost.py"


STATUSES = "query($s: [PropertyStatus!]) { owners(first: 100) { nodes { %s } } }"


def test_every_25_values_of_arguments_cost_one_wherever_a_variable_with_them_is_used() -> None:
    once = "query($s: [PropertyStatus!]) { properties(filter: {statuses: $s}, first: 0) { pageInfo { endCursor } } }"
    few = cost(once, s=["SOLD"] * 5)
    assert few == 3
    assert cost(once, s=["SOLD"] * 19_000) == few + 760 + 760  # once as a variable, once as an argument
    twice = once.replace("properties(", "a: properties(first: 0, filter: {statuses: $s}) { __typename } properties(")
    assert cost(twice, s=["SOLD"] * 19_000) == cost(twice, s=[]) + 760 * 3
    again = STATUSES % " ".join(f"a{n}: properties(first: 1, statuses: $s) {{ nodes {{ id }} }}" for n in range(10))
    assert cost(again, s=["SOLD"] * 19_000) > 5000 > cost(again, s=["SOLD"] * 5)
    inputs = "mutation($i: [CreatePropertyInput!]!) { createProperties(inputs: $i) { properties { owner { name } } } }"
    assert cost(inputs, i=[dict.fromkeys("abcdefghijklm")] * 1000) < 5000


def test_values_in_a_document_and_default_values_count_as_those_of_variables_do() -> None:
    ids = ", ".join(['"a"'] * 99)
    assert cost(f"{{ nodes(ids: [{ids}]) {{ id }} }}") == 1 + 99 + 4
    text = f"query($ids: [ID!]! = [{ids}]) {{ nodes(ids: $ids) {{ id }} }}"
    assert [cost(text), cost(text, ids=["a"])] == [1 + 99 + 4 + 4, 2]
    assert cost(text, ids=["a"] * 99) == cost(text)


def test_a_long_text_counts_as_a_value_for_each_200_characters_of_it() -> None:
    text = "query($id: ID!) { owner(id: $id) { id } }"
    assert cost(text, id="a" * 199) == cost(text, id="a" * 4_000) == 1
    assert cost(text, id="a" * 900_000) == 1 + 2 * 180
    assert cost('{ owner(id: "%s") { id } }' % ("a" * 40_000)) == 1 + 8
    many = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    assert cost(many, ids=["a" * 9_000] * 100) == 101 + 2 * (101 + 4_500) // 25


def test_a_refusal_names_the_field_whose_arguments_are_too_large() -> None:
    text = "query($s: [PropertyStatus!]) { a: owners { nodes { b: properties(statuses: $s) { nodes { id } } } } }"
    given = {"s": ["SOLD"] * 19_000}
    assert compiled(text).greatest(given, check_values(given, 20_000, 128)) == ("a.nodes.b", 20 * (1 + 760 + 1))


def test_what_is_skipped_costs_nothing() -> None:
    text = 'query($a: Boolean!) { property(id: "a") { id } owners @include(if: $a) { nodes { id } } }'
    assert [cost(text, a=True), cost(text, a=False)] == [23, 1]
    text = "query($a: Boolean!) { owners @skip(if: $a) { nodes { id } } }"
    assert [cost(text, a=True), cost(text, a=False)] == [1, 22]


def test_a_refusal_names_the_cost_the_limit_and_the_field_that_spends_most() -> None:
    text = (
        "query($n: Int!) { a: owners(first: $n) { nodes { id properties(first: 100) { nodes { id } totalCount } } } }"
    )
    refused = CostExceeded(cost(text, n=50), 5000, compiled(text).greatest({"n": 50}))
    assert refused.extensions == {
        "code": "COST_EXCEEDED",
        "cost": 2 + 50 * (1 + 2 + 100 + 10),
        "limit": 5000,
        "field": "a.nodes.properties.nodes",
        "fieldCost": 5000,
    }
    assert "`a.nodes.properties.nodes` spends most (5000)" in refused.message


def test_the_parts_of_a_cost_sum_up_to_it() -> None:
    text = "{ owners(first: 7) { totalCount nodes { propertyCount properties(first: 3) { edges { node { id } } } } } }"
    assert compiled(text).greatest({}) == ("owners.nodes.properties.edges.node", 21)


@pytest.mark.parametrize(("wanted", "expected"), [(True, 2 + 30 * 2), (False, 2 + 30)])
def test_a_page_costs_its_rows_whether_or_not_they_are_skipped(wanted: bool, expected: int) -> None:
    text = "query($n: Int, $w: Boolean!) { owners(first: $n) { nodes @include(if: $w) { propertyCount } } }"
    assert cost(text, n=30, w=wanted) == expected


def test_a_refusal_names_the_page_of_which_no_row_is_selected() -> None:
    text = "{ owners(first: 100) { nodes { properties(first: 100) { pageInfo { endCursor } } } } }"
    assert compiled(text).greatest({}) == ("owners.nodes.properties", 100 * (1 + 1 + 99))


@given(first=st.one_of(st.none(), st.integers(), st.text(), st.lists(st.integers()), st.booleans(), st.floats()))
def test_a_cost_is_never_negative_whatever_the_variables_are(first: Any) -> None:
    text = "query($n: Int) { owners(first: $n) { nodes { properties(first: $n) { nodes { id } } } } }"
    assert 1 <= cost(text, n=first) <= 2 + 100 * (1 + 2 + 100)


def test_introspection_can_be_asked_for_once_but_not_over_and_over() -> None:
    once = cost(get_introspection_query())
    assert 1000 < once < 2500
    again = " ".join(f"a{i}: __schema {{ types {{ fields {{ type {{ name }} }} }} }}" for i in range(8))
    assert cost(f"{{ {again} }}") > 5000


def test_every_field_that_brings_rows_or_writes_is_in_the_table() -> None:
    missing = []
    for type_name, type_ in TYPES.items():
        for name, field in type_.fields.items():
            named = get_named_type(field.type)
            is_object = isinstance(named, GraphQLObjectType | GraphQLInterfaceType)
            brings = is_object and (is_list_type(get_nullable_type(field.type)) or named.name.endswith("Connection"))
            pages = {"first", "last", "limit", "ids", "inputs"} & set(field.args)
            writes = type_ is SCHEMA._schema.mutation_type
            if (brings or pages or writes) and cost_of(type_name, name) == FieldCost():
                missing.append(f"{type_name}.{name}")
    assert missing == []


def test_the_table_names_fields_and_arguments_that_there_are() -> None:
    for entry, field_cost in COSTS.items():
        type_name, _, name = entry.partition(".")
        field = TYPES[type_name].fields[name]
        if isinstance(field_cost.rows, Page):
            assert set(field_cost.rows.arguments) <= set(field.args), entry
        if isinstance(field_cost.rows, Length):
            assert field_cost.rows.argument in field.args, entry
        if isinstance(field_cost.rows, Inherited):
            assert any(
                get_named_type(above.type) is TYPES[type_name] and cost_of(owner, key) != FieldCost()
                for owner, type_ in TYPES.items()
                for key, above in type_.fields.items()
            ), entry
