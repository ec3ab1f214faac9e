"""The code that makes records of rows, as it is compiled."""

from storage.projection import Projection, build_projection
from storage.record import Owner, Property
from storage.rows import MakerCode, build_maker, maker_code


def test_the_code_of_a_record_takes_a_row_apart_once() -> None:
    assert maker_code(3) == MakerCode(
        of_rows="lambda rows: [record(v0, v1, v2) for v0, v1, v2, in rows]",
        of_pages="lambda rows: [record(v0, v1, v2) for v0, v1, v2, _ in rows]",
    )


def test_the_code_of_a_record_with_a_joined_one_takes_the_id_of_that_once() -> None:
    assert maker_code(3, joined_width=2) == MakerCode(
        of_rows="lambda rows: [record(v0, v1, joined(v1, v2)) for v0, v1, v2, in rows]",
        of_pages="lambda rows: [record(v0, v1, joined(v1, v2)) for v0, v1, v2, _ in rows]",
    )


def test_rows_become_listings_with_their_owners() -> None:
    fields = build_projection({Owner: ["name"], Property: ["address", "owner_id"]}, prefetched=["owner_id"])
    maker = build_maker(Property, fields, ("owner_id", Owner))
    [listing] = maker.of_pages([("property_1", "1 High Street", "owner_1", "Ada", 0)])
    assert (listing.id, listing.address, listing.owner_id) == ("property_1", "1 High Street", "owner_1")
    assert (listing.owner.id, listing.owner.name) == ("owner_1", "Ada")


def test_rows_without_a_record_stay_as_they_are() -> None:
    assert build_maker(None, Projection()).of_rows([("owner_1", 2)]) == [("owner_1", 2)]
