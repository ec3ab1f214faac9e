"""What is logged of requests."""

import logging
import re

import httpx
import pytest
from msgspec.structs import replace

from server.observability.access_log import AccessLog
from server.observability.trace import Trace
from server.settings.settings import Settings
from storage.events import QueryEvent, emit
from storage.record import Owner
from storage.sql_store import SqlStore
from storage.statements import Statement
from storage.tables import OWNERS, PROPERTIES
from tests.drafts import a_listing, an_owner

QUERY = 'query Lisbon { propertiesByCity(city: "lisbon") { owner { name } } }'


@pytest.fixture
async def owners(store: SqlStore) -> list[Owner]:
    """Two owners with three listings each."""
    owners = await store.create(OWNERS, [an_owner(), an_owner()])
    await store.create(PROPERTIES, [a_listing(owners[number % 2]) for number in range(6)])
    return owners


class Log:
    """What the server logs of requests; the client's own lines are left out."""

    def __init__(self, caplog: pytest.LogCaptureFixture) -> None:
        self._caplog = caplog

    @property
    def records(self) -> list[logging.LogRecord]:
        return [record for record in self._caplog.records if record.name == "freehold.request"]


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Log:
    caplog.set_level(logging.INFO, "freehold.request")
    return Log(caplog)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """A statement is slow at once, and two runs are one too many."""
    return replace(settings, slow_statement=0.0, repeated_statements=1)


def without_times(log: Log) -> list[str]:
    return [re.sub(r" ms=[\d.]+ request=\S+| request=\S+", "", record.getMessage()) for record in log.records]


async def test_each_request_is_one_line(http: httpx.AsyncClient, owners: list[Owner], log: Log) -> None:
    await http.post("/graphql", json={"query": QUERY}, headers={"x-request-id": "abc-1"})
    line = log.records[0].getMessage()
    assert re.fullmatch(
        r"operation=Lisbon kind=query status=200 errors=0 statements=1 keys=1 hits=0 misses=0 ms=[\d.]+ request=abc-1",
        line,
    ), line


async def test_a_refused_request_is_a_line_too_and_the_page_is_none(http: httpx.AsyncClient, log: Log) -> None:
    await http.get("/graphql", headers={"accept": "text/html"})
    assert log.records == []
    await http.put("/graphql")
    await http.post("/graphql", json={"query": "{ nonsense }"})
    assert without_times(log) == [
        "operation=- kind=- status=405 errors=0 statements=0 keys=0 hits=0 misses=0",
        "operation=- kind=- status=200 errors=1 statements=0 keys=0 hits=0 misses=0",
    ]


async def test_a_slow_statement_is_a_warning_that_names_operation_and_statement(
    http: httpx.AsyncClient, owners: list[Owner], log: Log
) -> None:
    await http.post("/graphql", json={"query": QUERY})
    assert without_times(log)[1:] == [
        "slow statement: operation=Lisbon statement=properties_by_city keys=1 rows=6",
    ]
    assert [record.levelname for record in log.records] == ["INFO", "WARNING"]


async def test_a_statement_that_one_request_repeats_is_an_alarm(http: httpx.AsyncClient, log: Log) -> None:
    query = "query Twice { one: properties { nodes { id } } other: properties(orderBy: PRICE_UP) { nodes { id } } }"
    await http.post("/graphql", json={"query": query})
    assert without_times(log)[-1] == "repeated statement: operation=Twice statement=search_properties runs=2"


@pytest.mark.parametrize("joined", [False, True])
def test_statements_that_others_asked_for_are_no_alarm(log: Log, joined: bool) -> None:
    with Trace() as trace:
        for _ in range(2):
            emit(QueryEvent(Statement("owners_by_id", ""), 1, 1, 0.0, joined=joined))
    AccessLog(slow=1.0, most_runs=1).note(trace, status=200)
    assert any("repeated statement" in line for line in without_times(log)) is not joined


async def test_a_line_holds_nothing_that_a_client_wrote_but_a_name(http: httpx.AsyncClient, log: Log) -> None:
    for name in ("Forged\nstatus=200", "x" * 101):
        await http.post("/graphql", json={"query": "query A { currency }", "operationName": name})
    assert all("Forged" not in line and "xxx" not in line for line in without_times(log))
    assert len(log.records) == 2
