"""A pytest plugin that has graphql-core's tests call the batched executor."""

from __future__ import annotations

from inspect import isawaitable, iscoroutine
from typing import Any

import graphql
import graphql.execution
import pytest
from graphql import ExecutionResult, Executor
from graphql.execution import execute as core_execute
from graphql.execution import execute_sync as core_execute_sync

from executor.documents import Document
from executor.execute import perform

OPTIONS = {"field_resolver", "type_resolver", "is_awaitable", "max_coercion_errors", "hide_suggestions"}
POSITIONS = (
    "root_value",
    "context_value",
    "variable_values",
    "operation_name",
    "field_resolver",
    "type_resolver",
)
PLAIN: dict[str, str] = {
    "abort signals, execution hooks, middleware and executor classes": "options of graphql-core alone: left to it",
}
REASONS: dict[str, str] = {}
taken = {"batched": 0, "core": 0}


def run(fallback: Any, schema: Any, document: Any, *values: Any, **options: Any) -> Any:
    options = {**dict(zip(POSITIONS, values, strict=False)), **options}
    check = options.pop("check_sync", None)
    given = {name for name, value in options.items() if value is not None} - set(POSITIONS) - OPTIONS
    if given or schema.get_directive("defer") or schema.get_directive("stream") or callable(check):
        taken["core"] += 1
        if check is not None:
            options["check_sync"] = check
        return fallback(schema, document, **options)
    build = dict(options)
    build["raw_variable_values"] = build.pop("variable_values", None)
    request = Executor.build(schema, document, **build)
    if not isinstance(request, Executor):
        return ExecutionResult(None, errors=request)
    plan = Document(document).plan(request)
    if plan is None:
        taken["core"] += 1
        return fallback(schema, document, **options)
    taken["batched"] += 1
    return perform(request, plan)


def execute(schema: Any, document: Any, *values: Any, **options: Any) -> Any:
    return run(core_execute, schema, document, *values, **options)


def execute_sync(schema: Any, document: Any, *values: Any, **options: Any) -> Any:
    result = run(core_execute_sync, schema, document, *values, **options)
    if isawaitable(result):
        if iscoroutine(result):
            result.close()
        if not options.get("check_sync"):
            return core_execute_sync(schema, document, *values, **options)
        raise RuntimeError("GraphQL execution failed to complete synchronously.")
    return result


graphql.execution.execute = execute  # type: ignore[assignment]
graphql.execution.execute_sync = execute_sync  # type: ignore[assignment]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        reason = next((why for test, why in REASONS.items() if item.nodeid.endswith(test)), None)
        if reason:
            item.add_marker(pytest.mark.skip(reason=reason))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    terminalreporter.write_line(f"executions: {taken['batched']} batched, {taken['core']} left to graphql-core")
