"""Rows of owners."""

from storage.errors import ProblemCode
from storage.reads.owner import OWNERS_BY_ID
from storage.store import Store
from storage.transfer.row import OwnerRow
from tests.clock import Clock
from tests.storage.transfer.rows import OWNER_ID, an_owner_row, reasons, results, the_owner, write


async def test_an_owner_is_made_once(store: Store) -> None:
    assert results(await write(store, an_owner_row())) == ["created"]
    first = await the_owner(store)
    assert results(await write(store, an_owner_row())) == ["unchanged"]
    assert await the_owner(store) == first


async def test_a_new_owner_is_of_now_unless_the_row_says_when(store: Store, clock: Clock) -> None:
    await write(store, an_owner_row(), an_owner_row(reference="old", created_at="1999-12-31T23:59:59.999999+01:00"))
    assert (await the_owner(store)).created_at == clock.now
    assert (await the_owner(store, "old")).created_at == 946_681_199_999_999


async def test_a_changed_field_updates_and_an_absent_one_stays(store: Store) -> None:
    await write(store, an_owner_row(phone="+49 1"))
    before = await the_owner(store)
    assert results(await write(store, an_owner_row(name="Anna Weiß"))) == ["updated"]
    after = await the_owner(store)
    assert (after.id, after.name, after.phone) == (before.id, "Anna Weiß", "+49 1")


async def test_an_explicit_null_empties_a_field(store: Store) -> None:
    await write(store, an_owner_row(phone="+49 1"))
    await write(store, an_owner_row(phone=None))
    assert (await the_owner(store)).phone is None


async def test_a_known_owner_keeps_the_time_it_was_made(store: Store) -> None:
    await write(store, an_owner_row(created_at="2020-01-01T00:00:00Z"))
    assert results(await write(store, an_owner_row(created_at="2021-01-01T00:00:00Z"))) == ["unchanged"]


async def test_an_id_of_the_file_is_kept(store: Store) -> None:
    await write(store, an_owner_row(id=OWNER_ID))
    assert (await the_owner(store)).id == OWNER_ID


async def test_an_id_may_get_another_reference(store: Store) -> None:
    await write(store, an_owner_row(id=OWNER_ID))
    assert results(await write(store, an_owner_row(id=OWNER_ID, reference="anna-2"))) == ["updated"]
    assert (await the_owner(store, "anna-2")).id == OWNER_ID


async def test_an_id_and_a_reference_of_another_contradict(store: Store) -> None:
    await write(store, an_owner_row(id=OWNER_ID), an_owner_row(reference="ben"))
    ben = (await the_owner(store, "ben")).id
    (outcome,) = await write(store, an_owner_row(id=OWNER_ID, reference="ben", name="Ben"))
    assert reasons(outcome) == [("reference", f"this reference belongs to {ben}")]
    assert outcome.problems[0].code is ProblemCode.CONFLICT
    assert (await the_owner(store)).name == "Anna König"


async def test_a_row_with_neither_id_nor_reference_is_refused(store: Store) -> None:
    (outcome,) = await write(store, an_owner_row(reference=None))
    assert reasons(outcome) == [("reference", "the row has neither id nor reference")]


async def test_a_new_owner_needs_name_and_email(store: Store) -> None:
    row = OwnerRow.saying(reference="anna")
    (outcome,) = await write(store, row)
    assert reasons(outcome) == [
        ("name", "is needed for a new owner"),
        ("email", "is needed for a new owner"),
    ]


async def test_the_second_row_of_one_key_sees_the_first(store: Store) -> None:
    rows = (an_owner_row(), an_owner_row(), an_owner_row(name="Anna Weiß"))
    assert results(await write(store, *rows)) == ["created", "unchanged", "updated"]
    assert (await the_owner(store)).name == "Anna Weiß"


async def test_a_reference_can_pass_from_one_owner_to_another(store: Store) -> None:
    await write(store, an_owner_row(), an_owner_row(reference="ben"))
    anna, ben = (await the_owner(store)).id, (await the_owner(store, "ben")).id
    for first, second in ((anna, ben), (ben, anna)):  # whichever row the database comes to first
        rows = (
            an_owner_row(id=first, reference="spare"),
            an_owner_row(id=second, reference=(await store.read(OWNERS_BY_ID, [first]))[first].reference),
        )
        assert results(await write(store, *rows)) == ["updated", "updated"]
        await write(store, an_owner_row(id=first, reference="ben"), an_owner_row(id=second, reference="anna"))
    assert (await the_owner(store)).id == anna
