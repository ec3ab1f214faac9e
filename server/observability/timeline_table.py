"""A timeline as a table for the terminal."""

from collections.abc import Sequence

from server.observability.timeline import Batch, StatementRun, Timeline

_HEADER = ("level", "read", "asked", "keys", "statement", "rows", "start ms", "ms", "")
_LEFT = {1, 4, 8}  # the columns of words; numbers stand to the right
_NONE = "–"


def timeline_lines(operation: str | None, timeline: Timeline) -> list[str]:
    """The totals, a line for each statement, and one for each batch that took none."""
    rows = [row for batch in timeline.batches for row in _batch_rows(batch)]
    return [_summary(operation, timeline), *(["", *_aligned([_HEADER, *rows])] if rows else [])]


def headline(timeline: Timeline) -> str:
    """`3 statements instead of 84`; where nothing was saved, how many."""
    count = f"{timeline.statements} statement{'' if timeline.statements == 1 else 's'}"
    return f"{count} instead of {timeline.naive}" if timeline.naive > timeline.statements else count


def _summary(operation: str | None, timeline: Timeline) -> str:
    parts = [headline(timeline), f"{timeline.ms:.1f} ms", f"{timeline.database_ms:.1f} ms in the database"]
    if timeline.hits or timeline.misses:
        parts.append(f"{timeline.hits} of {timeline.hits + timeline.misses} keys found in the cache")
    return f"{operation or 'The query'}: {', '.join(parts)}"


def _batch_rows(batch: Batch) -> list[tuple[str, ...]]:
    lead = (str(batch.level), batch.read or "write", str(batch.asked or _NONE), str(batch.distinct or _NONE))
    if not batch.statements:
        why = "all in the cache" if batch.distinct else "all remembered"
        return [(*lead, _NONE, _NONE, f"{batch.start:.1f}", f"{batch.ms:.1f}", batch.error or why)]
    rows = [_statement_row(run, batch) for run in batch.statements]
    return [(*lead, *rows[0]), *(("", "", "", "", *row) for row in rows[1:])]


def _statement_row(run: StatementRun, batch: Batch) -> tuple[str, ...]:
    notes = [f"run {run.run}"] if run.run > 1 else []
    if batch.hits or batch.misses:
        notes.append(f"{batch.hits} hits, {batch.misses} misses")
    if batch.shared:
        notes.append(f"shared with {batch.shared} other calls")
    if run.error:
        notes.append(run.error)
    return (f"{run.name}({run.keys})", str(run.rows), f"{run.start:.1f}", f"{run.ms:.1f}", ", ".join(notes))


def _aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(_cell(*each) for each in zip(range(len(row)), row, widths, strict=True)).rstrip() for row in rows]


def _cell(column: int, text: str, width: int) -> str:
    return text.ljust(width) if column in _LEFT else text.rjust(width)
