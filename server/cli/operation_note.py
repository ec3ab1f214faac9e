"""Notes in a trace which operation runs by Strawberry's pipeline, as `freehold explain` runs it."""

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
