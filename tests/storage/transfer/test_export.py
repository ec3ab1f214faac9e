"""Exports: whole, and read back as they were."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.demo.readings import build_demo
from storage.draft import MAX_PRICE, said_by
from storage.opening import open_database
from storage.record import Owner, PriceChange, Property, Status
from storage.reference import canonical_reference
from storage.sql_store import SqlStore
from storage.store import Store
from storage.tables import OWNERS, PROPERTIES
from storage.transfer.export import export_line, export_lines
from storage.transfer.file_import import FileImport
from storage.transfer.ndjson_reader import read_ndjson
from storage.transfer.row import OwnerRow, PriceChangeRow, PropertyRow
from storage.transfer.tally import Tally
from tests.drafts import a_listing, an_owner
from tests.storage.transfer.rows import (
    OWNER_ID,
    PRICE_CHANGE_ID,
    PROPERTY_ID,
    a_listing_row,
    lines_of,
    write,
)

# What an import takes: a character that can be seen, and references in their canonical form.
TEXT = st.text(st.characters(exclude_categories=["C", "Z"], exclude_characters="\ufeff"), max_size=19).map("x{}".format)
REFERENCE = TEXT.map(canonical_reference)
TIME = st.integers(-2_208_988_800_000_000, 7_258_118_399_999_999)
PRICE = st.integers(0, MAX_PRICE)
STATUS = st.sampled_from([status.value for status in Status])


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


def number(least: float, most: float) -> st.SearchStrategy[float | None]:
    # Zero without a sign: see test_ndjson_reader.py.
    return maybe(st.floats(least, most).map(lambda value: value + 0.0))


ANY_OWNERS = st.builds(
    Owner,
    id=st.just(OWNER_ID),
    reference=maybe(REFERENCE),
    name=TEXT,
    email=st.just("anna@example.org"),
    phone=maybe(TEXT),
    created_at=TIME,
)
ANY_PROPERTIES = st.builds(
    Property,
    id=st.just(PROPERTY_ID),
    reference=maybe(REFERENCE),
    version=st.integers(1, 10**9),
    address=TEXT,
    city=TEXT,
    region=maybe(TEXT),
    postal_code=maybe(TEXT),
    price=PRICE,
    status=STATUS,
    bedrooms=maybe(st.integers(0, 1000)),
    bathrooms=number(0, 1000),
    area=number(1e-300, 1e9),
    latitude=number(-90, 90),
    longitude=number(-180, 180),
    owner_id=st.just(OWNER_ID),
    created_at=TIME,
    updated_at=TIME,
)
PRICE_CHANGES = st.builds(
    PriceChange,
    id=st.just(PRICE_CHANGE_ID),
    property_id=st.just(PROPERTY_ID),
    old_price=PRICE,
    new_price=PRICE,
    old_status=STATUS,
    new_status=STATUS,
    changed_at=TIME,
)


@given(ANY_OWNERS | ANY_PROPERTIES | PRICE_CHANGES)
def test_a_line_says_the_whole_record(record: Owner | Property | PriceChange) -> None:
    (reading,) = read_ndjson(lines_of(export_line(record)))
    assert reading.problems == ()
    kinds = {Owner: OwnerRow, Property: PropertyRow, PriceChange: PriceChangeRow}
    assert type(reading.row) is kinds[type(record)]
    assert reading.row is not None
    said = said_by(reading.row)
    assert type(record)(**said) == record


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[SqlStore]:
    store = SqlStore(await open_database(url))
    try:
        yield store
    finally:
        await store.close()


async def export(store: Store, *, page: int = 1000) -> bytes:
    async with store.snapshot() as snapshot:
        return b"".join([line async for lines in export_lines(snapshot, page=page) for line in lines])


async def import_back(store: Store, data: bytes) -> Tally:
    tally = Tally()
    async with store.importing() as session:
        await FileImport(session, tally, batch=200).run(read_ndjson(lines_of(data)))
    return tally


async def fill(store: Store) -> None:
    """Demo data, edited and deleted rows, and values at their limits."""
    async with store.importing() as session:
        await FileImport(session, Tally()).run(build_demo(owners=100, properties=400, seed=7))
    (owner,) = await store.create(OWNERS, [an_owner(name="Zoë \u2019s \U0001f3e0 & <Söhne>", phone=None)])
    extreme = {"price": MAX_PRICE, "area": 0.1 + 0.2, "latitude": -90.0, "longitude": 1e-300, "bathrooms": 1 / 3}
    first, second, third = await store.create(
        PROPERTIES,
        [
            a_listing(owner, **extreme),
            a_listing(owner, latitude=-0.0, area=1e9, reference='"quoted", \\ and e\u0301'),
            a_listing(owner),
        ],
    )
    await store.update(PROPERTIES, first.id, {"price": 0})
    await store.update(PROPERTIES, first.id, {"status": "sold", "region": "Île"})
    await store.delete(PROPERTIES, third.id)
    for micros, text in ((1, "1900-01-01T00:00:00.000001Z"), (2, "2199-12-31T23:59:59.999999Z")):
        await write(store, a_listing_row(reference=f"time-{micros}", created_at=text, updated_at=text, version=10**9))
    assert second.price


@pytest.mark.parametrize(("source", "target"), [("sqlite", "postgres"), ("postgres", "sqlite")])
async def test_export_import_and_export_give_the_same_bytes(
    source: str, target: str, sqlite_url: str, postgres_url: str
) -> None:
    urls = {"sqlite": sqlite_url, "postgres": postgres_url}
    async with opened(urls[source]) as store, opened(urls[target]) as other:
        await fill(store)
        before = await export(store)
        tally = await import_back(other, before)
        assert tally.refused == 0
        assert await export(other) == before
        again = await import_back(other, before)
        assert (again.written, again.refused) == (0, 0)
        assert await export(other) == before


async def test_the_order_is_owners_listings_price_changes_each_by_id(store: Store) -> None:
    await fill(store)
    data = await export(store)
    readings = list(read_ndjson(lines_of(data)))
    kinds = [reading.kind.value for reading in readings if reading.kind is not None]
    assert kinds == sorted(kinds, key=["owner", "property", "price_change"].index)
    ids = [(kind, reading.row.id or "") for kind, reading in zip(kinds, readings, strict=True) if reading.row]
    assert len(ids) == len(kinds)
    for kind in ("owner", "property", "price_change"):
        of_kind = [id for each, id in ids if each == kind]
        assert of_kind == sorted(of_kind)


@pytest.mark.parametrize("page", [1, 3, 6, 7])
async def test_pages_leave_nothing_out(store: Store, page: int) -> None:
    await write(store, *(a_listing_row(reference=f"L-{number}") for number in range(6)))
    data = await export(store, page=page)
    assert data.count(b"\n") == 7


async def test_it_is_one_moment_whatever_is_written_meanwhile(store: Store) -> None:
    await write(store, *(a_listing_row(reference=f"L-{number}") for number in range(4)))
    lines: list[bytes] = []
    async with store.snapshot() as snapshot:
        async for page in export_lines(snapshot, page=2):
            lines += page
            await write(store, a_listing_row(reference=f"later-{len(lines)}"), a_listing_row(price=1))
    assert len(lines) == 5
    assert not any(b"later" in line or b'"price":1,' in line for line in lines)


async def test_an_empty_database_is_an_empty_file(store: Store) -> None:
    assert await export(store) == b""
