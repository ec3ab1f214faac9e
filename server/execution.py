"""Known queries, answered past Strawberry's pipeline: what the pipeline asks of its extensions is asked here in order.

The pipeline examines each document for the first times, and answers mutations and whatever no plan does for.
"""

from graphql import ExecutionResult, GraphQLError, OperationType
from strawberry.http import GraphQLRequestData

from executor import BatchedExecutor
from schema.build import FreeholdSchema
from server.admission import Admission
from server.context import RequestContext
from server.limits.documents import Document
from server.operation import note_operation


class Execution:
    """The short way of one schema, for documents that its executor and its admission both remember."""

    def __init__(self, schema: FreeholdSchema, admission: Admission, executor: BatchedExecutor) -> None:
        self._schema = schema
        self._admission = admission
        self._executor = executor

    async def answer(self, data: GraphQLRequestData, context: RequestContext) -> ExecutionResult | None:
        """The result, errors among it; None for what has to go by the pipeline, when nothing was run or charged."""
        text, name = data.query, data.operation_name
        document = self._admission.known(text) if text else None
        if document is None or text is None or not self._executor.knows(self._schema, text):
            return None
        operation = document.operations.get(name)
        if operation is None or operation.type is not OperationType.QUERY:
            return None
        try:
            return await self._run(document, text, data, context)
        except Exception as error:  # as the pipeline does: the answer is an error
            if not isinstance(error, GraphQLError):
                error = GraphQLError(str(error), original_error=error)
            return ExecutionResult(None, [error])

    async def _run(
        self, document: Document, text: str, data: GraphQLRequestData, context: RequestContext
    ) -> ExecutionResult | None:
        name, variables = data.operation_name, data.variables
        await self._admission.check(document, name, variables or {}, context)
        operation = document.operations[name]
        note_operation(operation.name, operation.type.value)
        result = self._executor.answer(self._schema, text, variables, name, context)
        return result if result is None or isinstance(result, ExecutionResult) else await result
