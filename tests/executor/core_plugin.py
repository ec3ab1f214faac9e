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

from executor._documents.document import Document
from executor._execute import perform
from executor._request import Request

OPTIONS = {"field_resolver", "type_resolver", "is_awaitable", "max_coercion_errors", "hide_suggestions"}
POSITIONS = (
    "root_value",
    "context_value",
    "variable_values",
    "operation_name",
    "field_resolver",
    "type_resolver",
)
_LISTS = "test_lists.py::describe_execute_"
_SYNC_LISTS = _LISTS + "handles_abrupt_completion_in_synchronous_iterables::"
_NONNULL = "test_nonnull.py::describe_execute_handles_non_nullable_types::"
_READ = "An iterable is read to its end, or its failure, before its items are completed."
REASONS: dict[str, str] = {
    "test_cancellation.py::describe_execute_cancellation::suppresses_sibling_errors_after_a_non_null_error_bubbles": (
        "An error that comes some turns after a null has taken its place may still be reported below it."
    ),
    "test_executor.py::describe_execute_handles_basic_execution_tasks::"
    "handles_sync_errors_combined_with_async_ones_in_async_context": (
        "What a failure leaves without a place is never begun, rather than finished in the background."
    ),
    _SYNC_LISTS + "drains_the_iterator_when_next_throws": _READ,
    _SYNC_LISTS + "handles_iterator_errors_with_later_pending_awaitables": _READ,
    _SYNC_LISTS + "handles_sync_errors_with_later_pending_awaitables": (
        "A null among awaited items is met when they are there, not before."
    ),
    _LISTS + "accepts_async_iterables_as_list_value::calls_aclose_when_non_null_list_item_errors": _READ,
    _NONNULL + "describe_nulls_a_complex_tree_of_nullable_fields_each::throws": ("The same errors in another order."),
    _NONNULL + "describe_handles_multiple_errors_for_a_single_response_position::"
    "slower_nullable_after_non_nullable_root_field": (
        "An error two awaits deep, below a null that a first one made, is no longer waited for."
    ),
    _NONNULL + "describe_handles_multiple_errors_for_a_single_response_position::"
    "slower_nullable_after_non_nullable_nested_field": (
        "An error four awaits deep, below a null that a first one made, is no longer waited for."
    ),
}
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
    known = [build.pop(name, None) for name in POSITIONS[:4]]
    planned = Document(schema, document)
    executor_class = build.pop("executor_class", None) or Executor
    request = planned.request(*known, executor_class=executor_class, options=build)
    if not isinstance(request, Request):
        return ExecutionResult(None, errors=request)
    plan = planned.plan(request)
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


graphql.execution.execute = execute
graphql.execution.execute_sync = execute_sync


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        reason = next((why for test, why in REASONS.items() if item.nodeid.endswith(test)), None)
        if reason:
            item.add_marker(pytest.mark.skip(reason=reason))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    terminalreporter.write_line(f"executions: {taken['batched']} batched, {taken['core']} left to graphql-core")
