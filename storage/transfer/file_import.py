"""Importing the rows of a file, in batches."""

from collections.abc import Callable, Iterable, Sequence

import msgspec

from storage.transfer.outcome import Result
from storage.transfer.reading import Reading
from storage.transfer.session import ImportSession
from storage.transfer.tally import Tally

_MAX_PENDING = 8 << 20  # characters of raw text
_MANY = 5_000

OnBadRow = Callable[[Reading], None]


def ignore_bad_row(reading: Reading) -> None:
    """The default of the hook: do nothing."""


def ignore_progress() -> None:
    """The default of the hook: do nothing."""


class FileImport:
    """Writes readings in batches of `batch` rows, and counts them in `tally`.

    `on_bad` is called for every bad row, in the order of the file, and `on_progress` after every batch. With `stop`,
    the import ends at the first bad row: the rows before it are written, and none of those behind it.
    """

    def __init__(
        self,
        session: ImportSession,
        tally: Tally,
        *,
        batch: int = 1000,
        stop: bool = False,
        on_bad: OnBadRow = ignore_bad_row,
        on_progress: Callable[[], None] = ignore_progress,
    ) -> None:
        self._session = session
        self._tally = tally
        self._batch = batch
        self._stop = stop
        self._on_bad = on_bad
        self._on_progress = on_progress

    async def run(self, readings: Iterable[Reading]) -> None:
        """Write all readings. Memory holds one batch. After many rows, the planner's statistics are refreshed.

        Raises the errors of `ImportSession.write`.
        """
        pending: list[Reading] = []
        size = 0
        for reading in readings:
            pending.append(reading)
            size += len(reading.raw)
            ends = self._stop and reading.row is None
            if ends or len(pending) >= self._batch or size >= _MAX_PENDING:
                await self._write(pending)
                pending, size = [], 0
                if self._stop and self._tally.first_bad is not None:
                    return
        await self._write(pending)
        if self._tally.written >= _MANY:
            await self._session.analyze()

    async def _write(self, pending: Sequence[Reading]) -> None:
        rows = [reading.row for reading in pending if reading.row is not None]
        outcomes = iter(await self._session.write(rows, stop=self._stop) if rows else ())
        for reading in pending:
            if reading.row is None:
                self._tally.add_unreadable(reading)
                bad = reading
            else:
                outcome = next(outcomes)
                self._tally.add(outcome)
                if outcome.result is not Result.REFUSED:
                    continue
                bad = msgspec.structs.replace(reading, row=None, problems=outcome.problems)
            self._tally.first_bad = self._tally.first_bad or bad
            self._on_bad(bad)
            if self._stop:
                break
        self._on_progress()
