"""Every document of the corpus gets graphql-core's answer, in worlds that fail and worlds that don't."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import parse, validate

from tests.executor.corpus import build_corpus
from tests.executor.parity import Target
from tests.executor.world import World
from tests.executor.world_schema import build_world_schema

SCHEMA = build_world_schema()._schema
CORPUS = build_corpus()

# graphql-core leaves coroutines behind that it never awaits.
pytestmark = [
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.usefixtures("forgotten_coroutines"),
]


def test_the_corpus_is_large_and_valid() -> None:
    assert len(CORPUS) >= 150
    assert [document for document, _ in CORPUS if validate(SCHEMA, parse(document))] == []


@pytest.mark.parametrize("waits", [False, True], ids=["sync", "async"])
@pytest.mark.parametrize("failures", [0.0, 0.1, 0.4])
@pytest.mark.parametrize(("document", "variables"), CORPUS)
async def test_a_document_gets_the_same_answer(
    document: str, variables: dict[str, Any], failures: float, waits: bool
) -> None:
    for seed in range(3):
        world = World(seed, failures, waits)
        target = Target(SCHEMA, lambda world=world: World(world.seed, world.failures, world.waits))  # type: ignore[misc]
        await target.compare(document, variables)


async def test_without_awaiting_the_errors_come_in_the_same_order() -> None:
    from graphql import execute as core_execute

    from executor import execute

    for seed in range(30):
        target = Target(SCHEMA, lambda seed=seed: World(seed, 0.3, False))  # type: ignore[misc]
        document = parse("{ things { ... on House { id title near { count mark grid owner { title state } } tags } } }")
        ours, theirs = await target.run(execute, document), await target.run(core_execute, document)
        assert [error.path for error in ours.errors or ()] == [error.path for error in theirs.errors or ()]
