"""The demo data: the same every time, plausible, and importable."""

from collections import Counter
from hashlib import sha256
from itertools import pairwise

import orjson

from storage import ids
from storage.demo.city import CITIES
from storage.demo.owner import LAST_TIME
from storage.demo.readings import build_demo
from storage.draft import check_draft, said_by
from storage.folding import fold
from storage.record import Status
from storage.store import Store
from storage.transfer.file_import import FileImport
from storage.transfer.instant import format_instant
from storage.transfer.row import OwnerRow, PriceChangeRow, PropertyRow, Row
from storage.transfer.tally import Tally

TIMES = ("created_at", "updated_at", "changed_at")


def rows(owners: int = 200, properties: int = 2000, seed: int = 1) -> list[Row]:
    return [reading.row for reading in build_demo(owners=owners, properties=properties, seed=seed) if reading.row]


def said(row: Row) -> dict[str, object]:
    """The row as a file would say it."""
    values = said_by(row)
    return {field: format_instant(value) if field in TIMES else value for field, value in values.items()}


def test_the_same_arguments_give_the_same_rows() -> None:
    digest = sha256(b"".join(orjson.dumps(said(row)) for row in rows(20, 100))).hexdigest()
    assert digest == sha256(b"".join(orjson.dumps(said(row)) for row in rows(20, 100))).hexdigest()
    assert digest.startswith("fcf19549eb7c5bea")  # on any machine, in any year: whoever changes the data says so here


def test_another_seed_gives_others() -> None:
    assert not {row.id for row in rows(20, 100)} & {row.id for row in rows(20, 100, seed=2)}


def test_there_are_as_many_as_asked_for() -> None:
    counts = Counter(type(row) for row in rows())
    assert (counts[OwnerRow], counts[PropertyRow]) == (200, 2000)
    assert counts[PriceChangeRow] > 500
    assert rows(5, 0)[4:] == rows(5, 0)[-1:]


def test_every_row_keeps_the_rules_that_a_file_must_keep() -> None:
    for row in rows():
        assert check_draft(type(row), said(row)) == row


def test_ids_are_well_formed_unique_and_of_their_time() -> None:
    made = [row for row in rows() if row.id is not None]
    assert len({row.id for row in made}) == len(made)
    assert all(ids.is_id(row.kind, row.id or "") for row in made)
    owners = [row for row in made if isinstance(row, OwnerRow)]
    assert [row.id for row in owners] == sorted(row.id or "" for row in owners)


def test_a_history_leads_from_the_first_price_to_the_last() -> None:
    listings = {row.id: row for row in rows() if isinstance(row, PropertyRow)}
    histories: dict[str, list[PriceChangeRow]] = {}
    for row in rows():
        if isinstance(row, PriceChangeRow):
            histories.setdefault(row.property_id, []).append(row)
    for id, listing in listings.items():
        history = histories.get(id or "", [])
        assert listing.version == 1 + len(history)
        for before, after in pairwise(history):
            assert (before.new_price, before.new_status) == (after.old_price, after.old_status)
        if history:
            last = history[-1]
            assert (last.new_price, last.new_status, last.changed_at) == (
                listing.price,
                listing.status,
                listing.updated_at,
            )


def test_nothing_happened_before_its_owner_came_or_after_the_end() -> None:
    owners = {row.id: row.created_at or 0 for row in rows() if isinstance(row, OwnerRow)}
    for row in rows():
        if isinstance(row, PropertyRow):
            assert owners[row.owner_id] <= (row.created_at or 0) <= (row.updated_at or 0) < LAST_TIME


def test_it_is_spread_as_real_data_is() -> None:
    listings = [row for row in rows(2000, 10_000) if isinstance(row, PropertyRow)]
    cities = Counter(row.city for row in listings)
    assert len(cities) == len(CITIES) >= 40
    assert cities["Berlin"] > 10 * min(cities.values())
    owners = Counter(row.owner_id for row in listings)
    assert 50 < owners.most_common(1)[0][1] < 1000
    statuses = Counter(row.status for row in listings)
    assert set(statuses) == set(Status)
    assert 0.7 < statuses[Status.ACTIVE] / 10_000 < 0.85
    for row in listings:
        city = next(city for city in CITIES if city.name == row.city)
        if row.latitude is not None and row.longitude is not None:
            assert abs(row.latitude - city.latitude) < 0.15
            assert abs(row.longitude - city.longitude) < 0.15
        if row.area is not None:
            assert 0.3 < row.price / row.area / city.price < 3


def test_cities_differ_in_their_keys() -> None:
    assert len({fold(city.name) for city in CITIES}) == len(CITIES)


async def test_importing_it_twice_adds_nothing(store: Store) -> None:
    for written in (True, False):
        tally = Tally()
        async with store.importing() as session:
            await FileImport(session, tally).run(build_demo(owners=50, properties=200, seed=1))
        assert tally.refused == 0
        assert (tally.written > 250) is written
