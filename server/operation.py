"""Notes in the request's trace which operation it runs."""

from collections.abc import Iterator

from strawberry.extensions import SchemaExtension

from server.trace import current

_LONGEST = 100


def note_operation(name: str | None, kind: str) -> None:
    """Once it is known that the document is valid; a refused one leaves the trace as it is."""
    trace = current.get()
    if trace is not None:
        trace.operation = name if name and len(name) <= _LONGEST else None
        trace.kind = kind


class OperationNote(SchemaExtension):
    """Notes what comes by Strawberry's pipeline."""

    def on_execute(self) -> Iterator[None]:
        note_operation(self.execution_context.operation_name, self.execution_context.operation_type.value)
        yield
