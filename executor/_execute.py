"""Execution: from a document and the parameters of a request to its result."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from typing import Any

import graphql
from graphql import DocumentNode, ExecutionResult, Executor, GraphQLSchema, OperationType, assert_valid_schema

from executor._columns.faults import Fault, located
from executor._documents.document import NO_OPTIONS, Document
from executor._plan import Selection
from executor._request import Request
from executor._run.run import Run

__all__ = ["Result", "execute", "execute_plan", "perform"]

Result = ExecutionResult | Awaitable[ExecutionResult]


def execute(
    schema: GraphQLSchema,
    document: DocumentNode,
    root_value: Any = None,
    context_value: Any = None,
    variable_values: dict[str, Any] | None = None,
    operation_name: str | None = None,
    *,
    structs: bool = False,
) -> Result:
    """Executes a validated operation of any graphql-core schema, as `graphql.execute` does.

    Returns the result, or an awaitable of it if a resolver is async. graphql-core executes subscriptions, `@defer` and
    `@stream`, fragment arguments and disabled error propagation. `structs` is as for BatchedExecutor.
    """
    assert_valid_schema(schema)
    asked = (root_value, context_value, variable_values, operation_name)
    if not (schema.get_directive("defer") or schema.get_directive("stream")):
        result = execute_plan(Document(schema, document, structs=structs), *asked)
        if result is not None:
            return result
    return graphql.execute(schema, document, *asked)


def execute_plan(
    document: Document,
    root_value: Any,
    context_value: Any,
    variable_values: dict[str, Any] | None,
    operation_name: str | None,
    *,
    executor_class: type[Executor[Any]] = Executor,
    options: Mapping[str, Any] = NO_OPTIONS,
) -> Result | None:
    """Executes an operation by its plan; None where only graphql-core can. `options` are those of `Executor.build`."""
    request = document.request(
        root_value, context_value, variable_values, operation_name, executor_class=executor_class, options=options
    )
    if not isinstance(request, Request):
        return ExecutionResult(None, request)
    plan = document.plan(request)
    return None if plan is None else perform(request, plan)


def perform(request: Request, plan: Selection) -> Result:
    """Runs a plan. The root fields of a mutation run one after the other, until one that is required fails."""
    if request.operation.operation is OperationType.MUTATION:
        return _perform_serially(request, plan.one_by_one())
    run = Run(request, plan, request.root_value)
    return _result_of(run) if run.begin() else run.wait(_result_of)


def _perform_serially(request: Request, steps: Sequence[Selection]) -> Result:
    series = _Series(request, steps)
    return series.result() if series.advance() else series.finish()


class _Series:
    """The root fields of a mutation, one run each."""

    def __init__(self, request: Request, steps: Sequence[Selection]) -> None:
        self._runs = (Run(request, step, request.root_value) for step in steps)
        self._awaited: Run | None = None
        self._data: dict[str, Any] | None = {}
        self._faults: list[Fault] = []

    def advance(self) -> bool:
        """Runs the next fields. False if one must be awaited first."""
        while self._data is not None:
            run = next(self._runs, None)
            if run is None:
                break
            if not run.begin():
                self._awaited = run
                return False
            self._add(run)
        return True

    async def finish(self) -> ExecutionResult:
        done = False
        while self._awaited is not None and not done:
            await self._awaited.wait(self._add)
            done = self.advance()
        return self.result()

    def _add(self, run: Run) -> None:
        row, met = run.finish()
        self._faults.extend(met)
        self._data = None if row is None or self._data is None else {**self._data, **row}

    def result(self) -> ExecutionResult:
        return _result(self._data, self._faults)


def _result_of(run: Run) -> ExecutionResult:
    return _result(*run.finish())


def _result(data: dict[str, Any] | None, faults: Sequence[Fault]) -> ExecutionResult:
    return ExecutionResult(data, located(faults) if faults else None)
