"""The timeline of a request, made of the events that were heard."""

from collections.abc import Sequence

from server.observability.timeline import Batch, Moment, Timeline, build_timeline
from storage.events import BatchEvent, CacheEvent, Event, LoadEvent, QueryEvent
from storage.statements import Statement


def ran(name: str, *, keys: int = 1, rows: int = 0, seconds: float = 0.001, error: str | None = None) -> QueryEvent:
    return QueryEvent(Statement(name, f"SELECT {name}"), keys, rows, seconds, error)


def loaded(name: str, asked: int = 1, distinct: int = 1, seconds: float = 0.002) -> LoadEvent:
    return LoadEvent(name, asked, distinct, seconds)


def timeline_of(*events: tuple[float, Event]) -> Timeline:
    """The timeline of these events, each told at its second."""
    return build_timeline([Moment(at, event) for at, event in events], 0.5)


def levels_of(timeline: Timeline) -> list[tuple[int, str | None]]:
    return [(batch.level, batch.read) for batch in timeline.batches]


def statements_of(batch: Batch) -> list[str]:
    return [run.name for run in batch.statements]


def figures(batches: Sequence[Batch]) -> list[tuple[int, int, int]]:
    return [(batch.asked, batch.distinct, len(batch.statements)) for batch in batches]


def test_a_batch_holds_the_statements_of_its_name() -> None:
    timeline = timeline_of(
        (0.010, ran("properties_by_city", rows=50)),
        (0.011, loaded("properties_by_city")),
        (0.020, ran("owners_by_id", keys=33, rows=33)),
        (0.021, loaded("owners_by_id", asked=50, distinct=33)),
    )
    assert [statements_of(batch) for batch in timeline.batches] == [["properties_by_city"], ["owners_by_id"]]
    assert figures(timeline.batches) == [(1, 1, 1), (50, 33, 1)]
    assert (timeline.statements, timeline.naive, timeline.keys, timeline.rows) == (2, 51, 34, 83)


def test_a_batch_that_was_asked_for_after_another_was_answered_is_a_level_below() -> None:
    timeline = timeline_of(
        (0.010, loaded("search_properties", seconds=0.005)),
        (0.012, loaded("search_owners", seconds=0.006)),
        (0.020, loaded("owners_by_id", seconds=0.005)),
        (0.030, loaded("count_properties", seconds=0.025)),
        (0.040, loaded("property_counts_by_owner_id", seconds=0.005)),
    )
    assert levels_of(timeline) == [
        (1, "search_properties"),
        (1, "count_properties"),
        (1, "search_owners"),
        (2, "owners_by_id"),
        (3, "property_counts_by_owner_id"),
    ]


def test_a_look_into_the_cache_and_a_shared_batch_belong_to_their_read() -> None:
    (batch,) = timeline_of(
        (0.001, CacheEvent("owners_by_id", hits=30, misses=3, absent=1, seconds=0.0001)),
        (0.002, BatchEvent("owners_by_id", calls=4, keys=12)),
        (0.003, ran("owners_by_id", keys=12)),
        (0.004, loaded("owners_by_id", asked=50, distinct=33)),
    ).batches
    assert (batch.hits, batch.misses, batch.absent, batch.shared) == (30, 3, 1, 3)


def test_what_the_cache_answers_takes_no_statement() -> None:
    timeline = timeline_of(
        (0.001, CacheEvent("owners_by_id", hits=33, misses=0, absent=0, seconds=0.0001)),
        (0.002, loaded("owners_by_id", asked=50, distinct=33)),
    )
    assert (timeline.statements, timeline.naive, timeline.hits) == (0, 50, 33)


def test_remembered_values_count_for_the_naive_server_alone() -> None:
    timeline = timeline_of(
        (0.002, ran("owners_by_id")),
        (0.003, loaded("owners_by_id")),
        (0.004, loaded("owners_by_id", asked=20, distinct=0, seconds=0.0)),
    )
    assert (timeline.statements, timeline.naive) == (1, 21)


def test_the_statements_of_a_write_stand_together() -> None:
    timeline = timeline_of(
        (0.002, ran("lock_owners_by_id")),
        (0.004, ran("insert_properties")),
        (0.006, ran("owners_by_id")),
        (0.007, loaded("owners_by_id")),
        (0.009, ran("lock_properties_by_id")),
    )
    assert [(batch.read, statements_of(batch)) for batch in timeline.batches] == [
        (None, ["lock_owners_by_id", "insert_properties"]),
        ("owners_by_id", ["owners_by_id"]),
        (None, ["lock_properties_by_id"]),
    ]
    assert timeline.naive == timeline.statements == 4


def test_a_statement_that_runs_again_is_numbered() -> None:
    timeline = timeline_of(
        (0.001, ran("search_properties")), (0.002, ran("search_properties")), (0.003, loaded("search_properties", 2, 2))
    )
    assert [run.run for run in timeline.runs] == [1, 2]


def test_a_request_that_asked_for_nothing_has_no_levels() -> None:
    timeline = timeline_of()
    assert (timeline.levels, timeline.statements, timeline.naive, timeline.batches) == (0, 0, 0, [])
