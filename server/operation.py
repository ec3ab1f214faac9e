"""Notes in the request's trace which operation it runs."""

import re
from collections.abc import Iterator

from strawberry.extensions import SchemaExtension

from server.trace import current

_NAME = re.compile(r"[_A-Za-z][_0-9A-Za-z]{0,99}")


class OperationNote(SchemaExtension):
    """Knows the operation once the document is valid; a refused document leaves the trace as it is."""

    def on_execute(self) -> Iterator[None]:
        trace = current.get()
        if trace is not None:
            name = self.execution_context.operation_name or ""
            trace.operation = name if _NAME.fullmatch(name) else None
            trace.kind = self.execution_context.operation_type.value
        yield
