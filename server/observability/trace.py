"""The trace of one request: what storage and the loaders tell while it is answered, and who may see it.

Statement names, counts and times are all that a trace holds, and in development the statements' texts: never a
parameter, a key or a value of a row.
"""

from collections.abc import Collection
from contextvars import Token
from time import perf_counter
from typing import Any, Self

import msgspec

from server.observability.statement_texts import StatementTexts
from server.observability.timeline import Batch, Moment, StatementRun, Timeline, build_timeline
from storage.events import Event, OnEvent, QueryEvent, listeners

SCOPE = "trace"
_MOST_EVENTS = 1000
_MOST_TIMINGS = 20
_LONGEST_NAME = 100


class Trace(msgspec.Struct, eq=False):
    """Hears what is done in its context: `with Trace() as trace`; of loads, from loaders that are given its `listen`.

    `wanted` once its caller asked for it and may; `operation` and `kind` once they are known. `missed` are the events
    beyond the first thousand, `queries` the statements among those heard.
    """

    started: float = msgspec.field(default_factory=perf_counter)
    operation: str | None = None
    kind: str | None = None
    errors: int = 0
    wanted: bool = False
    missed: int = 0
    queries: list[QueryEvent] = []
    _heard: list[tuple[float, Event]] = []
    _before: Token[tuple[OnEvent, ...]] | None = None

    def __enter__(self) -> Self:
        self._before = listeners.set((*listeners.get(), self.listen))
        return self

    def __exit__(self, *raised: object) -> None:
        assert self._before is not None
        listeners.reset(self._before)

    def note(self, operation: str | None, kind: str) -> None:
        """Once it is known that the document is valid; a refused one leaves the trace as it is."""
        self.operation = operation if operation and len(operation) <= _LONGEST_NAME else None
        self.kind = kind

    def listen(self, event: Event) -> None:
        """What `storage.events.listeners` calls, and loaders."""
        heard = self._heard
        if len(heard) < _MOST_EVENTS:
            heard.append((perf_counter(), event))
            if type(event) is QueryEvent:
                self.queries.append(event)
        else:
            self.missed += 1

    @property
    def seconds(self) -> float:
        """Since it began to listen."""
        return perf_counter() - self.started

    @property
    def events(self) -> list[Event]:
        """What was heard so far."""
        return [event for _, event in self._heard]

    def timeline(self) -> Timeline:
        """What was heard so far, in its order and its totals."""
        return build_timeline([Moment(at - self.started, event) for at, event in self._heard], self.seconds)


def may_trace(*, development: bool, scopes: Collection[str] = ()) -> bool:
    """Whether a caller with these scopes may see the trace of its own request."""
    return development or SCOPE in scopes


def is_asked_for(header: str | None) -> bool:
    """Whether the header's value asks for a trace: anything but nothing, 0, off and false."""
    return (header or "0").strip().lower() not in ("0", "", "off", "false")


def describe(trace: Trace, timeline: Timeline, texts: StatementTexts | None) -> dict[str, Any]:
    """`extensions.trace`. With `texts`, each statement has the id by which its text and its plan are found."""
    total = msgspec.to_builtins(timeline)
    del total["batches"]
    levels: list[list[Any]] = [[] for _ in range(timeline.levels)]
    for batch in timeline.batches:
        levels[batch.level - 1].append(_describe_batch(batch, texts))
    return {
        "operation": trace.operation,
        "totals": {_camel(name): value for name, value in total.items()},
        "levels": levels,
        "missed": trace.missed,
    }


def server_timing(timeline: Timeline) -> str:
    """The header of that name: the whole, the database's part, and each statement of the first twenty."""
    timings: dict[str, list[StatementRun]] = {}
    for run in timeline.runs:
        timings.setdefault(run.name, []).append(run)
    entries = [
        f"total;dur={timeline.ms}",
        f'database;dur={timeline.database_ms};desc="{timeline.statements} statements"',
    ]
    for name, runs in list(timings.items())[:_MOST_TIMINGS]:
        ms, rows = round(sum(run.ms for run in runs), 3), sum(run.rows for run in runs)
        entries.append(f'{name};dur={ms};desc="{len(runs)} run, {rows} rows"')
    return ", ".join(entries)


def _describe_batch(batch: Batch, texts: StatementTexts | None) -> dict[str, Any]:
    described = msgspec.to_builtins(batch)
    for run, statement in zip(batch.statements, described["statements"], strict=True):
        del statement["text"]
        if texts is not None:
            statement["id"] = texts.remember(run.name, run.text)
    return described  # type: ignore[no-any-return]


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
