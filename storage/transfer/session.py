"""Sessions that import rows in batches."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from storage.database import Database, Transaction
from storage.errors import Problem, ProblemCode, Rejected
from storage.transfer.batch import read_batch
from storage.transfer.outcome import Outcome, Result
from storage.transfer.row import Row
from storage.writes import Invalidating, Writing, invalidate_nothing, writing

_STATEMENT_TIMEOUT = 60.0
_ANALYZE_TIMEOUT = 600.0
_DISTURBED = Problem(ProblemCode.CONFLICT, "another writer makes the same rows at this moment: import again")


class ImportSession:
    """Each batch is one transaction. In a dry run all batches are one transaction, rolled back at the end."""

    def __init__(
        self,
        database: Database,
        clock: Callable[[], int],
        *,
        dry_run: Transaction | None = None,
        invalidating: Invalidating = invalidate_nothing,
    ) -> None:
        self._database = database
        self._clock = clock
        self._dry_run = dry_run
        self._invalidating = invalidating

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        database: Database,
        *,
        clock: Callable[[], int],
        dry_run: bool = False,
        invalidating: Invalidating = invalidate_nothing,
    ) -> AsyncIterator["ImportSession"]:
        """A session for the block. A dry run keeps other writers waiting while it lasts."""
        if not dry_run:
            yield cls(database, clock, invalidating=invalidating)
            return
        try:
            async with database.transaction(timeout=_STATEMENT_TIMEOUT) as transaction:
                yield cls(database, clock, dry_run=transaction)
                raise _TakeBack
        except _TakeBack:
            pass

    async def write(self, rows: Sequence[Row], *, stop: bool = False) -> list[Outcome]:
        """Write the rows in their order and return the outcome of each. With `stop`, end at the first refused one.

        The rows before a refused one are written. If another writer inserts the same rows meanwhile, the batch is tried
        once more, and then refused as a whole; a dry run raises Rejected instead.
        """
        if self._dry_run is not None:
            return await self._write(Writing(self._database, self._dry_run), rows, stop)
        for _ in range(2):
            try:
                async with writing(self._database, self._invalidating, timeout=_STATEMENT_TIMEOUT) as writes:
                    return await self._write(writes, rows, stop)
            except Rejected:
                continue
        refused = [Outcome(row.kind, Result.REFUSED, (_DISTURBED,)) for row in rows]
        return refused[:1] if stop else refused

    async def analyze(self) -> None:
        """Refresh the planner's statistics. Does nothing in a dry run."""
        if self._dry_run is not None:
            return
        async with self._database.transaction(timeout=_ANALYZE_TIMEOUT) as transaction:
            await transaction.fetch(self._database.statements["analyze"])

    async def _write(self, writes: Writing, rows: Sequence[Row], stop: bool) -> list[Outcome]:
        batch = await read_batch(writes, rows, self._clock())
        outcomes: list[Outcome] = []
        for row in rows:
            outcomes.append(batch.apply(row))
            if stop and outcomes[-1].result is Result.REFUSED:
                break
        await batch.write(writes)
        return outcomes


class _TakeBack(Exception):
    """Rolls back a dry run."""
