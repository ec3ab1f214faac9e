"""A file's way to the database."""

from collections.abc import Iterator, Sequence

from storage.store import Store
from storage.tables import PROPERTIES
from storage.transfer.csv_reader import read_csv
from storage.transfer.file_import import FileImport
from storage.transfer.outcome import Kind, Outcome, Result
from storage.transfer.reading import Reading, bad_reading
from storage.transfer.row import Row
from storage.transfer.session import ImportSession
from storage.transfer.tally import Tally
from tests.query_log import QueryLog
from tests.storage.transfer.rows import a_listing_row, an_owner_row, lines_of


def listings(count: int) -> list[Reading]:
    """Lines 1, 2, 3, … of a file without a header."""
    rows = [a_listing_row(reference=f"L-{number}") for number in range(1, count + 1)]
    return [Reading(line, f"line {line}", row.kind, row) for line, row in enumerate(rows, 1)]


def without_reference(readings: list[Reading], *lines: int) -> list[Reading]:
    """The same, but the database must refuse these lines."""
    for line in lines:
        row = a_listing_row(reference=None)
        readings[line - 1] = Reading(line, f"line {line}", row.kind, row)
    return readings


async def run(
    store: Store, readings: Sequence[Reading], *, batch: int = 1000, stop: bool = False
) -> tuple[Tally, list[int]]:
    """What was counted, and the lines of the bad rows."""
    tally = Tally()
    bad: list[int] = []
    async with store.importing() as session:
        on_bad = lambda reading: bad.append(reading.line)  # noqa: E731
        await FileImport(session, tally, batch=batch, stop=stop, on_bad=on_bad).run(readings)
    return tally, bad


async def count_listings(store: Store) -> int:
    async with store.snapshot() as snapshot:
        return len(await snapshot.page(PROPERTIES, after="", limit=10_000))


async def test_rows_are_written_in_batches_and_counted(store: Store, query_log: QueryLog) -> None:
    tally, bad = await run(store, listings(25), batch=10)
    assert [name for name in query_log if name.startswith("insert_properties")] == [
        "insert_properties(10)",
        "insert_properties(10)",
        "insert_properties(5)",
    ]
    assert tally.lines() == [
        "owners: 1 created, 0 updated, 0 unchanged, 0 refused",
        "properties: 25 created, 0 updated, 0 unchanged, 0 refused",
    ]
    assert (tally.written, tally.refused, bad) == (26, 0, [])


async def test_skip_writes_all_good_rows_and_tells_the_bad_in_order(store: Store) -> None:
    readings = without_reference(listings(30), 5, 12)
    readings[7] = bad_reading(8, "line 8", "broken", kind=Kind.PROPERTY)
    readings[20] = bad_reading(21, "line 21", "broken")
    tally, bad = await run(store, readings, batch=10)
    assert bad == [5, 8, 12, 21]
    assert tally.counts[Kind.PROPERTY, Result.CREATED] == 26 == await count_listings(store)
    assert tally.lines()[1:] == [
        "properties: 26 created, 0 updated, 0 unchanged, 3 refused",
        "rows of no kind: 1 refused",
    ]
    assert tally.first_bad is not None
    assert (tally.refused, tally.first_bad.line) == (4, 5)


async def test_stop_at_a_refused_row_keeps_what_precedes_it(store: Store) -> None:
    tally, bad = await run(store, without_reference(listings(30), 15, 17), batch=10, stop=True)
    assert (bad, tally.refused) == ([15], 1)
    assert tally.counts[Kind.PROPERTY, Result.CREATED] == 14 == await count_listings(store)


async def test_stop_at_an_unreadable_row_keeps_what_precedes_it(store: Store) -> None:
    readings = listings(30)
    readings[14] = bad_reading(15, "line 15", "broken")
    _, bad = await run(store, readings, batch=10, stop=True)
    assert bad == [15]
    assert await count_listings(store) == 14


async def test_stop_at_a_refused_row_before_an_unreadable_one(store: Store) -> None:
    readings = without_reference(listings(10), 3)
    readings[4] = bad_reading(5, "line 5", "broken")
    _, bad = await run(store, readings, stop=True)
    assert bad == [3]
    assert await count_listings(store) == 2


async def test_a_file_of_thousands_refreshes_the_statistics(store: Store, query_log: QueryLog) -> None:
    await run(store, listings(10))
    assert "analyze" not in query_log
    owners = (an_owner_row(reference=f"O-{number}") for number in range(5000))
    await run(store, [Reading(0, "", row.kind, row) for row in owners])
    assert query_log[-1] == "analyze"


class _Attentive(ImportSession):
    """Notes how far the reading is ahead of the writing."""

    def __init__(self) -> None:
        self.read = 0
        self.written = 0
        self.ahead = 0

    async def write(self, rows: Sequence[Row], *, stop: bool = False) -> list[Outcome]:
        self.ahead = max(self.ahead, self.read - self.written)
        self.written += len(rows)
        return [Outcome(row.kind, Result.UNCHANGED) for row in rows]

    def readings(self, count: int, raw: str) -> Iterator[Reading]:
        row = an_owner_row()
        for self.read in range(1, count + 1):
            yield Reading(self.read, raw, row.kind, row)


async def test_memory_holds_one_batch() -> None:
    session = _Attentive()
    await FileImport(session, Tally(), batch=100).run(session.readings(10_050, "short"))
    assert (session.written, session.ahead) == (10_050, 100)


async def test_rows_of_long_text_make_smaller_batches() -> None:
    session = _Attentive()
    await FileImport(session, Tally(), batch=1000).run(session.readings(100, "x" * (1 << 20)))
    assert (session.written, session.ahead) == (100, 8)


async def test_progress_is_told_after_every_batch(store: Store) -> None:
    lines = lines_of(b"reference,name,email\n" + b"".join(b"O-%d,N,n@example.org\n" % n for n in range(10)))
    positions: list[int] = []
    async with store.importing() as session:
        show = lambda: positions.append(lines.position)  # noqa: E731
        await FileImport(session, Tally(), batch=5, on_progress=show).run(read_csv(lines))
    assert positions == [121, 221, 221]
