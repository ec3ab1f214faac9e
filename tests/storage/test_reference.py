"""References in NFC and in NFD are one, in rows of older releases too."""

import unicodedata
from typing import Any

import pytest

from storage.database import Database
from storage.draft import OwnerDraft, check_changes
from storage.errors import Problem, ProblemCode, Rejected
from storage.reads.owner import OWNERS_BY_ID, OWNERS_BY_REFERENCE
from storage.reads.property import PROPERTIES_BY_REFERENCE
from storage.record import Owner, Property
from storage.statements import Statement
from storage.store import Store
from storage.tables import OWNERS, PROPERTIES
from tests.drafts import a_listing, an_owner
from tests.storage.transfer.rows import a_listing_row, an_owner_row, reasons, results, write

NFC = unicodedata.normalize("NFC", "Köln-Süd-1")
NFD = unicodedata.normalize("NFD", NFC)
TAKEN = (ProblemCode.CONFLICT, "reference")


async def the_owner(store: Store, **fields: Any) -> Owner:
    return (await store.create(OWNERS, [an_owner(**fields)]))[0]


async def the_listing(store: Store, **fields: Any) -> Property:
    return (await store.create(PROPERTIES, [a_listing(await the_owner(store), **fields)]))[0]


async def store_as(database: Database, id: str, reference: str) -> None:
    """Give the row of this id a reference as older releases did: as it came."""
    table = "owners" if id.startswith("owner_") else "properties"
    async with database.transaction() as transaction:
        await transaction.run_script(f"UPDATE {table} SET reference = '{reference}' WHERE id = '{id}';")


async def stored(database: Database, table: str) -> list[str]:
    rows = await database.fetch(Statement("probe", f"SELECT reference FROM {table} WHERE reference IS NOT NULL"))
    return sorted(row[0] for row in rows)


def places(problems: list[Problem]) -> list[tuple[ProblemCode, str | None]]:
    return [(problem.code, problem.field) for problem in problems]


@pytest.mark.every_layer
@pytest.mark.parametrize("asked", [NFC, NFD])
@pytest.mark.parametrize("written", [NFC, NFD])
async def test_a_reference_is_found_in_either_form_under_the_one_that_asks(
    store: Store, written: str, asked: str
) -> None:
    listing = await the_listing(store, reference=written)
    assert listing.reference == NFC
    assert await store.read(PROPERTIES_BY_REFERENCE, [asked]) == {asked: listing}
    owner = await the_owner(store, reference=written)
    assert await store.read(OWNERS_BY_REFERENCE, [asked, "b"]) == {asked: owner}
    assert set(await store.read(OWNERS_BY_REFERENCE, [NFC, NFD])) == {NFC, NFD}


async def test_a_row_stored_in_nfd_is_found_and_refuses_another_of_its_reference(
    store: Store, database: Database
) -> None:
    listing = await the_listing(store, reference="L")
    await store_as(database, listing.id, NFD)
    await store_as(database, listing.owner_id, NFD)
    assert (await store.read(PROPERTIES_BY_REFERENCE, [NFC]))[NFC].id == listing.id
    assert (await store.read(OWNERS_BY_REFERENCE, [NFC]))[NFC].id == listing.owner_id
    for writing in (
        store.create(OWNERS, [an_owner(reference=NFC)]),
        store.update(OWNERS, (await the_owner(store)).id, {"reference": NFC}),
        the_listing(store, reference=NFC),
    ):
        with pytest.raises(Rejected) as caught:
            await writing
        assert places(list(caught.value.problems)) == [TAKEN]


async def test_two_new_rows_of_one_reference_in_two_forms_are_refused(store: Store) -> None:
    with pytest.raises(Rejected) as caught:
        await store.create(OWNERS, [an_owner(reference=NFC), an_owner(reference=NFD)])
    assert [(problem.index, problem.field) for problem in caught.value.problems] == [(1, "reference")]


async def test_a_row_stored_in_nfd_takes_its_own_reference_in_nfc(store: Store, database: Database) -> None:
    owner = await the_owner(store, reference="A")
    await store_as(database, owner.id, NFD)
    changes = check_changes(OwnerDraft, {"reference": NFD})
    assert isinstance(changes, dict)
    assert (await store.update(OWNERS, owner.id, changes)).reference == NFC
    assert await stored(database, "owners") == [NFC]


@pytest.mark.parametrize("form", [NFC, NFD])
async def test_importing_a_reference_in_another_form_makes_no_second_row(
    store: Store, database: Database, form: str
) -> None:
    fields = {"reference": NFC, "owner_reference": NFC}
    assert results(await write(store, a_listing_row(**fields))) == ["created"]
    again = {"reference": form, "owner_reference": form}
    assert results(await write(store, a_listing_row(**again), an_owner_row(reference=form))) == ["unchanged"] * 2
    assert await stored(database, "properties") == await stored(database, "owners") == [NFC]


async def test_an_import_finds_rows_stored_in_nfd_and_heals_them(store: Store, database: Database) -> None:
    await write(store, a_listing_row(reference="L", owner_reference="A"))
    (listing,) = (await store.read(PROPERTIES_BY_REFERENCE, ["L"])).values()
    await store_as(database, listing.id, NFD)
    await store_as(database, listing.owner_id, NFD)
    row = a_listing_row(reference=NFC, owner_reference=NFC, price=7)
    assert results(await write(store, row, an_owner_row(reference=NFC))) == ["updated", "updated"]
    assert (await store.read(PROPERTIES_BY_REFERENCE, [NFC]))[NFC].price == 7
    assert await stored(database, "properties") == await stored(database, "owners") == [NFC]
    assert results(await write(store, row, an_owner_row(reference=NFC))) == ["unchanged"] * 2


async def test_an_owner_stored_in_nfd_has_the_reference_that_a_listing_says_in_nfc(
    store: Store, database: Database
) -> None:
    owner = await the_owner(store, reference="A")
    await store_as(database, owner.id, NFD)
    row = a_listing_row(owner_id=owner.id, owner_reference=NFC)
    assert results(await write(store, row)) == ["created"]


async def test_of_two_rows_stored_as_one_reference_the_one_in_nfc_is_found_and_no_third_is_made(
    store: Store, database: Database
) -> None:
    first, second = await the_owner(store, reference="A", name="a"), await the_owner(store, reference=NFC, name="b")
    await store_as(database, first.id, NFD)
    assert (await store.read(OWNERS_BY_REFERENCE, [NFD]))[NFD] == second
    row = an_owner_row(reference=NFD, name="c", email=second.email)
    (by_id,) = await write(store, an_owner_row(id=first.id, reference=NFD))
    assert reasons(by_id) == [("reference", f"this reference belongs to {second.id}")]
    assert results(await write(store, row)) == ["updated"]
    assert (await store.read(OWNERS_BY_ID, [second.id]))[second.id].name == "c"
    assert await stored(database, "owners") == sorted([NFC, NFD])


def test_a_reference_is_measured_as_it_is_stored() -> None:
    assert an_owner(reference="e\u0301" * 200).reference == "é" * 200
