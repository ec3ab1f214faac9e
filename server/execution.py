"""Execution: known queries the short way, everything else by Strawberry's pipeline.

What the pipeline asks of its extensions is asked here in the same order. The pipeline examines each document for the
first time, and answers mutations and whatever no plan does for.
"""

from collections.abc import Awaitable
from typing import Any

import msgspec
from cross_web import HTTPException
from graphql import ExecutionResult, GraphQLError
from strawberry.exceptions import MissingQueryError
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types.graphql import OperationType as Allowed

from executor import BatchedExecutor
from executor.documents import Document as Planned
from executor.lru import LRU
from schema.build import FreeholdSchema
from server.admission import Admission, MethodNotAllowed
from server.answers import Question, ask
from server.graphql.context import RequestContext
from server.graphql.parameters import Parameters
from server.limits.documents import GREATEST, MOST_KNOWN, Document, Operation


class _Known(msgspec.Struct):
    """An operation as the admission knows it, and its document as the executor does."""

    document: Document
    operation: Operation
    planned: Planned


class Execution:
    """One schema's; the short way is for documents that the executor and the admission both know.

    What was found of both is kept by itself, so that a known query is looked up once.
    """

    def __init__(self, schema: FreeholdSchema, admission: Admission, executor: BatchedExecutor) -> None:
        self._schema = schema
        self._admission = admission
        self._executor = executor
        self._known = LRU[tuple[str, str | None], _Known](MOST_KNOWN, GREATEST)

    def answer(self, asked: Parameters, context: RequestContext) -> Awaitable[Any]:
        """The result, errors among it. Raises HTTPException for a request that names no operation."""
        known = self._recall(asked.query, asked.operation_name) if asked.query else None
        if known is None:
            return self._by_pipeline(asked, context)
        return self._answer_known(known, asked, context)

    def _recall(self, text: str, name: str | None) -> _Known | None:
        known = self._known.get((text, name))
        if known is None:
            known = self._look_up(text, name)
            if known is not None:
                self._known.put((text, name), known, len(text))
        return known

    def _look_up(self, text: str, name: str | None) -> _Known | None:
        document, planned = self._admission.known(text), self._executor.find(self._schema, text)
        if document is None or planned is None:
            return None
        operation = document.operations.get(name)
        if operation is None or operation.kind != "query":
            return None
        return _Known(document, operation, planned)

    async def _answer_known(self, known: _Known, asked: Parameters, context: RequestContext) -> Any:
        operation = known.operation
        try:
            cost = self._admission.check(operation, asked.variables, context)
            bucket = self._admission.bucket(context)
            if bucket is not None:
                await self._admission.charge(bucket, context, cost)
            if context.trace is not None:
                context.trace.note(operation.name, operation.kind)
            question = None if context.answers is None else ask(asked, context.viewer)
            result = None if question is None else _find(question, context)
            if result is None:
                begun = self._execute(known, asked, context)
                result = begun if begun is None or isinstance(begun, ExecutionResult) else await begun
                if result is not None and question is not None and known.document.needs.is_proved:
                    _keep(question, result, context)
        except Exception as error:  # as the pipeline does: the answer is an error
            if not isinstance(error, GraphQLError):
                error = GraphQLError(str(error), original_error=error)
            result = ExecutionResult(None, [error])
        if result is None:
            return await self._by_pipeline(asked, context)
        if context.wants_cost:
            result.extensions = self._admission.results(context)
        return result

    def _execute(
        self, known: _Known, asked: Parameters, context: RequestContext
    ) -> ExecutionResult | Awaitable[ExecutionResult] | None:
        """None in the odd case that the document has a plan, but not with these variables."""
        context.select(known.document.needs)
        return self._executor.answer(known.planned, self._schema, asked.variables, asked.operation_name, context)

    async def _by_pipeline(self, asked: Parameters, context: RequestContext) -> Any:
        try:
            return await self._schema.execute(
                asked.query,
                variable_values=asked.variables,
                context_value=context,
                operation_name=asked.operation_name,
                allowed_operation_types=Allowed.from_http("GET" if context.is_safe else "POST"),
                operation_extensions=asked.extensions or None,
            )
        except CannotGetOperationTypeError as error:
            raise HTTPException(400, "The document has no operation to execute.") from error
        except InvalidOperationTypeError:
            return ExecutionResult(None, [MethodNotAllowed()])
        except MissingQueryError as error:
            raise HTTPException(400, "No GraphQL query found in the request") from error


def _find(question: Question, context: RequestContext) -> ExecutionResult | None:
    if context.answers is None:
        return None
    answer = context.answers.find(question, context.viewer, context.loaders.hear)
    if answer is None:
        return None
    context.viewer_mattered = answer.viewer is not None
    return ExecutionResult(answer.data)  # type: ignore[arg-type]


def _keep(question: Question, result: ExecutionResult, context: RequestContext) -> None:
    """For whoever asks the same, if all that was read can be proved."""
    provenance = context.loaders.provenance
    if context.answers is not None and provenance is not None:
        viewer = context.viewer if context.viewer_mattered else None
        context.answers.keep(question, result, viewer, provenance)
