"""Random documents over random worlds, through both executors: thousands with PARITY_CASES=20000."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from graphql import parse, validate
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from hypothesis_graphql import from_schema

from tests.executor.documents import Documents
from tests.executor.parity import Target
from tests.executor.world import World
from tests.executor.world_schema import build_world_schema

# graphql-core leaves coroutines behind that it never awaits.
pytestmark = [
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.usefixtures("forgotten_coroutines"),
]

CASES = int(os.environ.get("PARITY_CASES", "2000"))
SCHEMA = build_world_schema()
DEEPEST = 8
"""Braces within braces. Lists of lists multiply: a dozen of them keep graphql-core busy for minutes."""

worlds = st.builds(
    World,
    seed=st.integers(0, 2**32),
    failures=st.sampled_from([0.0, 0.02, 0.1, 0.3]),
    waits=st.booleans(),
)


def often(cases: int) -> Callable[[Any], Any]:
    return settings(max_examples=cases, deadline=None, database=None, suppress_health_check=list(HealthCheck))


def target_of(world: World) -> Target:
    return Target(SCHEMA._schema, lambda: World(world.seed, world.failures, world.waits))


def compare(target: Target, source: str) -> None:
    document = parse(source)
    if not validate(target.schema, document):  # merged fields may contradict each other
        asyncio.run(target.compare(document))


def nesting(source: str) -> int:
    deepest = depth = 0
    for character in source:
        depth += (character == "{") - (character == "}")
        deepest = max(deepest, depth)
    return deepest


@often(CASES)
@given(seed=st.integers(0, 2**32), kind=st.sampled_from(["query"] * 9 + ["mutation"]), world=worlds)
def test_random_documents_get_the_same_answers(seed: int, kind: str, world: World) -> None:
    compare(target_of(world), Documents(SCHEMA._schema, Random(seed)).operation(kind))


@often(CASES // 100)
@given(source=from_schema(SCHEMA.as_str()), world=worlds)
@example(source="{ all(first: 7773662) { landmark { status path } } }", world=World(seed=479001599))
def test_documents_of_hypothesis_graphql_get_the_same_answers(source: str, world: World) -> None:
    assume(nesting(source) <= DEEPEST)
    compare(target_of(world), source)
