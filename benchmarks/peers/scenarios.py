"""What is measured beside the plain run."""

from typing import Any

from benchmarks.peers.comparison import cpu_table, latency_table
from benchmarks.peers.mercurius_cache import prepare_caches
from benchmarks.peers.rows import FIVE_THOUSAND
from benchmarks.peers.scenario import Scenario


def _at_one_connection(harness: Any) -> None:
    harness.CONNS = {}  # wide as the others


CITIES = Scenario(
    name="cities",
    title="Freehold beside its peers, 5,000 cities",
    about="Milliseconds of CPU a request, 32 connections, no cache. The rows are the harness's five times over, a"
    " hundred listings a city and sixty of them active, so two of the requests under way seldom ask for the same city."
    " The best is the cheapest peer that speaks GraphQL; `raw-` servers are hand-written endpoints."
    " `python -m benchmarks.peers HARNESS cities`.",
    servers=("mercurius-dataloader", "raw-starlette", "freehold"),
    queries=("list", "point", "deep"),
    table=cpu_table,
    rows=FIVE_THOUSAND,
)
ALONE = Scenario(
    name="alone",
    title="Freehold beside its peers, one connection",
    about="Milliseconds that a request takes where one connection asks one after the other, no cache; the median also"
    " beside that of the endpoint written by hand with Starlette. `python -m benchmarks.peers HARNESS alone`.",
    servers=("mercurius-dataloader", "raw-starlette", "freehold"),
    queries=("list", "wide", "point", "deep"),
    table=latency_table,
    connections=1,
    prepare=_at_one_connection,
)
CACHED = Scenario(
    name="cached",
    title="Freehold's cache beside mercurius-cache",
    about="Milliseconds of CPU a request for 50 listings with their owners, 32 connections, 5,000 cities. Nine of ten"
    " requests ask for one of a hundred cities that are cached, the tenth for a city that nobody has asked for, in the"
    " same order for every server; entries live 300 seconds. mercurius-cache keeps lists and owners, and -lists only"
    " lists. `python -m benchmarks.peers HARNESS cached`.",
    servers=("mercurius-dataloader", "mercurius-cache", "mercurius-cache-lists", "freehold", "freehold-memory"),
    queries=("list",),
    table=cpu_table,
    rows=FIVE_THOUSAND,
    prepare=prepare_caches,
)
SCENARIOS = {scenario.name: scenario for scenario in (CITIES, CACHED, ALONE)}
