"""The code that makes records of rows, as it is compiled."""

from storage.record import Property, choose_fields
from storage.rows import MakerCode, build_maker, maker_code


def test_the_code_of_a_record_takes_a_row_apart_once() -> None:
    assert maker_code(3) == MakerCode(
        of_rows="lambda rows: [record(v0, v1, v2) for v0, v1, v2, in rows]",
        of_pages="lambda rows: [record(v0, v1, v2) for v0, v1, v2, _ in rows]",
    )


def test_the_code_of_a_listing_with_its_owner_takes_the_owners_id_once() -> None:
    assert maker_code(3, owner_width=2) == MakerCode(
        of_rows="lambda rows: [record(v0, v1, owner(v1, v2)) for v0, v1, v2, in rows]",
        of_pages="lambda rows: [record(v0, v1, owner(v1, v2)) for v0, v1, v2, _ in rows]",
    )


def test_rows_become_listings_with_their_owners() -> None:
    fields = choose_fields(owner=["name"], property=["address", "owner_id"], with_owner=True)
    maker = build_maker(Property, fields, joined=True)
    [listing] = maker.of_pages([("property_1", "1 High Street", "owner_1", "Ada", 0)])
    assert (listing.id, listing.address, listing.owner_id) == ("property_1", "1 High Street", "owner_1")
    assert (listing.owner.id, listing.owner.name) == ("owner_1", "Ada")


def test_rows_without_a_record_stay_as_they_are() -> None:
    assert build_maker(None, choose_fields([], [])).of_rows([("owner_1", 2)]) == [("owner_1", 2)]
