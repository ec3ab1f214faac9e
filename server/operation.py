"""Notes in the request's trace which operation it runs, where that comes by Strawberry's pipeline."""

from collections.abc import Iterator

from strawberry.extensions import SchemaExtension

from server.graphql.context import RequestContext


class OperationNote(SchemaExtension):
    """Once the document is known to be valid."""

    def on_execute(self) -> Iterator[None]:
        execution = self.execution_context
        context: RequestContext = execution.context
        if context.trace is not None:
            context.trace.note(execution.operation_name, execution.operation_type.value)
        yield
