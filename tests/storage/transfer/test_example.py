"""examples/listings.csv: what becomes of each of its rows, the bad ones above all."""

from pathlib import Path

from storage.store import Store
from storage.transfer.csv_reader import read_csv
from storage.transfer.file_import import FileImport
from storage.transfer.line_reader import LineReader
from storage.transfer.reading import Reading
from storage.transfer.tally import Tally
from tests.storage.transfer.rows import the_listing, the_owner, the_price_changes

DIGITS = "must be digits only, such as 450000: no separators, sign, decimals or exponent"
EXAMPLE = Path(__file__).parents[3] / "examples" / "listings.csv"


async def import_example(store: Store) -> tuple[Tally, list[Reading]]:
    tally = Tally()
    bad: list[Reading] = []
    with EXAMPLE.open("rb") as file:
        async with store.importing() as session:
            await FileImport(session, tally, on_bad=bad.append).run(read_csv(LineReader(file)))
    return tally, bad


async def test_each_bad_row_is_told_with_its_line_and_reason(store: Store) -> None:
    _, bad = await import_example(store)
    assert [(reading.line, problem.field, problem.message) for reading in bad for problem in reading.problems] == [
        (6, "owner_reference", "is needed for a new listing (or owner_id)"),
        (11, "price", DIGITS),
        (13, "reference", "the row has neither id nor reference"),
        (16, "status", "must be 'draft', 'active', 'pending', 'sold' or 'withdrawn'"),
        (20, None, "the row has 18 cells, the header 16"),
        (22, "latitude", "must be less than or equal to 90"),
        (23, "price", DIGITS),
        (25, "owner_email", "must be an e-mail address"),
        (27, "price", "must not be empty"),
        (29, None, "the row is not CSV: ',' expected after '\"'"),
        (31, "owner_email", "is needed, since no owner has this owner_reference"),
        (35, "price", DIGITS),
        (36, "bedrooms", DIGITS),
        (41, "price", "must be less than or equal to 9007199254740991"),
    ]


async def test_the_good_rows_are_written(store: Store) -> None:
    tally, _ = await import_example(store)
    assert tally.lines() == [
        "owners: 13 created, 2 updated, 0 unchanged, 0 refused",
        "properties: 22 created, 2 updated, 1 unchanged, 14 refused",
    ]


async def test_cells_are_read_as_they_were_meant(store: Store) -> None:
    await import_example(store)
    lisbon = await the_listing(store, "L-1002")
    assert (lisbon.address, lisbon.region, lisbon.bedrooms) == ("Rua do Alecrim 7, 3.º", None, 3)
    assert (await the_listing(store, "L-1006")).address == "The Old Mill Mill Street 3"
    assert (await the_listing(store, "L-1007")).address == 'Haus "Seeblick", Uferweg 1'
    assert (await the_listing(store, "L-1036")).status == "active"
    assert (await the_owner(store, "brandao")).name == "Brandão, Filhos & Cia."


async def test_rows_that_come_again_change_their_listing_and_owner(store: Store) -> None:
    await import_example(store)
    krakow, lisbon = await the_listing(store, "L-1003"), await the_listing(store, "L-1002")
    (cut,) = await the_price_changes(store, krakow.id)
    assert (krakow.version, cut.old_price, cut.new_price) == (2, 298_000, 289_000)
    (sale,) = await the_price_changes(store, lisbon.id)
    assert (sale.old_status, sale.new_status) == ("active", "pending")
    assert (await the_owner(store, "anna")).name == "Anna König-Weiß"
    assert (await the_owner(store, "lindstrom")).phone == "+46 8 555 10 201"
