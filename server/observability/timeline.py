"""What one request's events come to: levels of batches, their statements, and what a naive server would have run."""

from collections import Counter
from collections.abc import Sequence

import msgspec

from storage.events import BatchEvent, CacheEvent, Event, InvalidationEvent, LoadEvent, QueryEvent


class Moment(msgspec.Struct, frozen=True):
    """An event, and when it was told, in seconds from the request's start."""

    at: float
    event: Event


class StatementRun(msgspec.Struct):
    """One statement as it ran. `run` is 1 for the first of its name in the request; times in ms from its start."""

    name: str
    text: str
    keys: int
    rows: int
    start: float
    ms: float
    run: int = 1
    error: str | None = None


class Batch(msgspec.Struct):
    """The values of one read that were asked for together, and what it took to answer them.

    `read` is null for the statements of a write, which come in no batch. `asked` values are `distinct` keys, none if
    all were remembered. `shared` other calls went to the database with it.
    """

    read: str | None
    start: float
    ms: float
    level: int = 1
    asked: int = 0
    distinct: int = 0
    hits: int = 0
    misses: int = 0
    absent: int = 0
    shared: int = 0
    error: str | None = None
    statements: list[StatementRun] = []


class Timeline(msgspec.Struct):
    """A request's batches by level and start, and their totals. `naive`: one statement for each value asked for."""

    ms: float
    batches: list[Batch]
    levels: int
    statements: int
    naive: int
    keys: int
    rows: int
    hits: int
    misses: int
    database_ms: float

    @property
    def runs(self) -> list[StatementRun]:
        """Every statement that ran, in the order of the batches."""
        return [run for batch in self.batches for run in batch.statements]


def build_timeline(moments: Sequence[Moment], seconds: float) -> Timeline:
    """The timeline of a request that took so many seconds."""
    batches = _batches(moments)
    _number_runs(batches)
    _number_levels(batches)
    batches.sort(key=lambda batch: (batch.level, batch.start))
    runs = [run for batch in batches for run in batch.statements]
    return Timeline(
        ms=_ms(seconds),
        batches=batches,
        levels=max((batch.level for batch in batches), default=0),
        statements=len(runs),
        naive=sum(batch.asked if batch.read else len(batch.statements) for batch in batches),
        keys=sum(run.keys for run in runs),
        rows=sum(run.rows for run in runs),
        hits=sum(batch.hits for batch in batches),
        misses=sum(batch.misses for batch in batches),
        database_ms=round(sum(run.ms for run in runs), 3),
    )


def _batches(moments: Sequence[Moment]) -> list[Batch]:
    """A batch is told last: it takes what was told under its name before. What no batch takes are writes."""
    batches: list[Batch] = []
    untaken: list[Moment] = []
    for moment in moments:
        if isinstance(moment.event, LoadEvent):
            name = moment.event.name
            batches.append(_batch(moment, [each for each in untaken if _name(each.event) == name]))
            untaken = [each for each in untaken if _name(each.event) != name]
        else:
            untaken.append(moment)
    return batches + _writes(untaken, batches)


def _batch(moment: Moment, inner: Sequence[Moment]) -> Batch:
    load = moment.event
    assert isinstance(load, LoadEvent)
    looks = [each.event for each in inner if isinstance(each.event, CacheEvent)]
    return Batch(
        read=load.name,
        start=_ms(moment.at - load.seconds),
        ms=_ms(load.seconds),
        asked=load.asked,
        distinct=load.distinct,
        hits=sum(look.hits for look in looks),
        misses=sum(look.misses for look in looks),
        absent=sum(look.absent for look in looks),
        shared=sum(each.event.calls - 1 for each in inner if isinstance(each.event, BatchEvent)),
        error=load.error,
        statements=[_run(each) for each in inner if isinstance(each.event, QueryEvent)],
    )


def _writes(untaken: Sequence[Moment], batches: Sequence[Batch]) -> list[Batch]:
    """Statements that follow each other, with no batch between, are one write."""
    writes: list[Batch] = []
    starts = [batch.start for batch in batches]
    for moment in untaken:
        if not isinstance(moment.event, QueryEvent):
            continue
        run = _run(moment)
        last = writes[-1] if writes else None
        if last is None or any(last.start <= start <= run.start for start in starts):
            last = Batch(read=None, start=run.start, ms=0.0)
            writes.append(last)
        last.statements.append(run)
        last.ms = round(run.start + run.ms - last.start, 3)
    return writes


def _run(moment: Moment) -> StatementRun:
    query = moment.event
    assert isinstance(query, QueryEvent)
    return StatementRun(
        name=query.statement.name,
        text=query.statement.text,
        keys=query.keys,
        rows=query.rows,
        start=_ms(moment.at - query.seconds),
        ms=_ms(query.seconds),
        error=query.error,
    )


def _number_runs(batches: Sequence[Batch]) -> None:
    seen: Counter[str] = Counter()
    for run in sorted((run for batch in batches for run in batch.statements), key=lambda run: run.start):
        seen[run.name] += 1
        run.run = seen[run.name]


def _number_levels(batches: Sequence[Batch]) -> None:
    """A batch is a level below the lowest of those that were answered before its first value was asked for."""
    ordered = sorted(batches, key=lambda batch: batch.start)
    for index, batch in enumerate(ordered):
        above = [earlier.level for earlier in ordered[:index] if earlier.start + earlier.ms <= batch.start]
        batch.level = 1 + max(above, default=0)


def _name(event: Event) -> str:
    if isinstance(event, QueryEvent):
        return event.statement.name
    return "" if isinstance(event, InvalidationEvent) else event.name


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 3)
