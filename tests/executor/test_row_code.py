"""The code that is compiled for a selection: samples to read."""

from graphql import GraphQLInt, GraphQLLeafType, GraphQLString

from executor._columns.leaves import build_serializer
from executor._rows.assembly import rows_code
from executor._rows.row_code import Blank, Leaf, Nested, TypeName, reader_code


def leaf(key: str, leaf_type: GraphQLLeafType, *, required: bool = False) -> Leaf:
    serializer = build_serializer(leaf_type)
    assert serializer is not None
    return Leaf(key, key, required, serializer, None)


def test_rows_are_written_out_with_their_names() -> None:
    assert rows_code(("id", "name")) == 'lambda columns: [{"id": v0, "name": v1} for v0, v1, in zip(*columns)]'


def test_a_selection_of_attributes_is_one_comprehension_that_tests_each_value() -> None:
    street, rooms = leaf("street", GraphQLString), leaf("rooms", GraphQLInt, required=True)
    code, known = reader_code([street, rooms, TypeName("kind", "House"), Blank("owner")])
    assert code == (
        'lambda objects: [{"street": v0, "rooms": v1, "kind": "House", "owner": None} for o in objects'
        " if ((v0 := o.street) is None or type(v0) is str)"
        " and (type((v1 := o.rooms)) is int and -0x80000001 < v1 < 0x80000000)]"
    )
    assert known == {}


def test_an_object_in_a_row_is_a_row_of_its_own() -> None:
    owner = Nested("owner", "owner", dict, True, [leaf("name", GraphQLString)])
    code, known = reader_code([owner])
    assert code == (
        'lambda objects: [{"owner": {"name": v1}} for o in objects if isinstance((v0 := o.owner), v0_kind)'
        " and ((v1 := v0.name) is None or type(v1) is str)]"
    )
    assert known == {"v0_kind": dict}
