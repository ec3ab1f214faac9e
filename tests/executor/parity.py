"""Runs a request through both executors and compares what they answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from inspect import isawaitable
from typing import Any

import graphql
import msgspec
from graphql import (
    DirectiveNode,
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    GraphQLSchema,
    NameNode,
    OperationDefinitionNode,
    parse,
)

import executor

encode = msgspec.json.Encoder(enc_hook=str).encode
Path = tuple[str | int, ...]
Answer = tuple[Path, str, Any, str]


@dataclass
class Target:
    """A schema to compare executors on, with what makes a fresh context for each execution."""

    schema: GraphQLSchema
    build_context: Callable[[], Any]
    build_root: Callable[[], Any] = lambda: None

    async def run(
        self, execute: Callable[..., Any], document: DocumentNode, variables: dict[str, Any] | None = None
    ) -> ExecutionResult:
        result = execute(
            self.schema,
            document,
            root_value=self.build_root(),
            context_value=self.build_context(),
            variable_values=variables,
        )
        if isawaitable(result):
            result = await result
        assert isinstance(result, ExecutionResult)
        return result

    async def compare(self, source: str | DocumentNode, variables: dict[str, Any] | None = None) -> ExecutionResult:
        """Fails where the answers differ; gives the batched executor's. With structs, it encodes to the same."""
        document = parse(source) if isinstance(source, str) else source
        theirs = await self.run(graphql.execute, document, variables)
        ours = await self.run(executor.execute, document, variables)
        assert json.dumps(ours.data) == json.dumps(theirs.data)
        structs = await self.run(partial(executor.execute, structs=True), document, variables)
        assert encode(structs.data) == encode(ours.data)
        expected, answered = answers(theirs), answers(ours)
        if answered != expected:
            possible = answers(await self.run(graphql.execute, without_propagation(document), variables))
            assert_any_answer(ours.data, answered, expected, possible)
        return ours


def answers(result: ExecutionResult) -> list[Answer]:
    """The errors, sorted by path."""
    return sorted(map(answer, result.errors or ()), key=repr)


def answer(error: GraphQLError) -> Answer:
    return tuple(error.path or ()), error.message, error.locations, repr(error.extensions)


def assert_any_answer(data: Any, ours: list[Answer], theirs: list[Answer], possible: list[Answer]) -> None:
    """The same errors, but for those below a null which another error made: any of the possible ones will do there."""
    certain = [error for error in ours if nulled(data, error[0]) is None]
    assert certain == [error for error in theirs if nulled(data, error[0]) is None]
    assert all(error in possible for error in ours)
    for place in {nulled(data, error[0]) for error in (*ours, *theirs)} - {None}:
        assert explained(place, ours) == explained(place, theirs)


def explained(place: Path | None, errors: list[Answer]) -> bool:
    """Whether there is an error at a place or below it."""
    return place is not None and any(path[: len(place)] == place for path, *_ in errors)


def nulled(data: Any, path: Path) -> Path | None:
    """The place above a path that is null, if there is one."""
    for depth, key in enumerate(path):
        if data is None:
            return path[:depth]
        data = data[key]
    return None


def without_propagation(document: DocumentNode) -> DocumentNode:
    """The same document, where every field that fails reports its error and no other field suffers from it."""
    directive = DirectiveNode(name=NameNode(value="experimental_disableErrorPropagation"), arguments=())
    definitions = [
        replace(definition, directives=(*(definition.directives or ()), directive))
        if isinstance(definition, OperationDefinitionNode)
        else definition
        for definition in document.definitions
    ]
    return replace(document, definitions=tuple(definitions))
