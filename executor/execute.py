"""Execution: graphql-core builds the request, a plan answers it, and what can't be planned goes back to graphql-core."""

from __future__ import annotations

from collections.abc import Awaitable, Iterable, Sequence
from typing import Any

import graphql
from graphql import DocumentNode, ExecutionResult, Executor, GraphQLSchema, OperationType

from executor.documents import Document
from executor.errors import Fault, located
from executor.plan import Selection
from executor.run import Run

__all__ = ["execute", "perform"]

Result = ExecutionResult | Awaitable[ExecutionResult]


def execute(
    schema: GraphQLSchema,
    document: DocumentNode,
    root_value: Any = None,
    context_value: Any = None,
    variable_values: dict[str, Any] | None = None,
    operation_name: str | None = None,
) -> Result:
    """Executes a validated operation of any graphql-core schema, as `graphql.execute` does.

    The result, or an awaitable of it where a resolver is async. Subscriptions, `@defer` and `@stream`, fragment
    arguments and disabled error propagation go to graphql-core.
    """
    incremental = schema.get_directive("defer") or schema.get_directive("stream")
    request = None if incremental else Executor.build(
        schema, document, root_value, context_value, variable_values, operation_name
    )
    if isinstance(request, Executor):
        plan = Document(document).plan(request)
        if plan is not None:
            return perform(request, plan)
    return graphql.execute(schema, document, root_value, context_value, variable_values, operation_name)


def perform(request: Executor[Any], plan: Selection) -> Result:
    """Runs a plan; a mutation one root field after the other, until one fails."""
    if request.operation.operation is OperationType.MUTATION:
        return _perform_serially(request, plan.one_by_one())
    run = Run(request, plan, request.root_value)
    return _result(*run.complete()) if run.begin() else _finish(run)


async def _finish(run: Run) -> ExecutionResult:
    await run.wait()
    return _result(*run.complete())


def _perform_serially(request: Executor[Any], steps: Sequence[Selection]) -> Result:
    pending = iter(steps)
    data: dict[str, Any] | None = {}
    faults: list[Fault] = []
    for step in pending:
        run = Run(request, step, request.root_value)
        if not run.begin():
            return _finish_serially(run, pending, data, faults)
        if not _add(run, data, faults):
            return _result(None, faults)
    return _result(data, faults)


async def _finish_serially(
    run: Run, pending: Iterable[Selection], data: dict[str, Any], faults: list[Fault]
) -> ExecutionResult:
    await run.wait()
    if not _add(run, data, faults):
        return _result(None, faults)
    for step in pending:
        run = Run(run.request, step, run.request.root_value)
        if not run.begin():
            await run.wait()
        if not _add(run, data, faults):
            return _result(None, faults)
    return _result(data, faults)


def _add(run: Run, data: dict[str, Any], faults: list[Fault]) -> bool:
    """Adds a root field's row to the others. False if it failed."""
    row, met = run.complete()
    faults.extend(met)
    data.update(row or {})
    return row is not None


def _result(data: dict[str, Any] | None, faults: Iterable[Fault]) -> ExecutionResult:
    return ExecutionResult(data, located(faults) or None)
