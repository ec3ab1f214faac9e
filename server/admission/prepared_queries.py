"""Prepared queries: everything that is known of a document, found by one lookup of its text."""

import msgspec
from graphql import DocumentNode, GraphQLError, GraphQLSchema, OperationDefinitionNode

from executor import LRU, BatchedExecutor, Document
from schema.build import FreeholdSchema
from schema.errors import ErrorCode
from schema.reads import Needs, needs_of
from server.admission.document_limits import DocumentLimits
from server.admission.examiner import Examiner
from server.admission.operation_cost import OperationCost, compile_cost
from server.settings.security import SecuritySettings

MOST = 1000
GREATEST = 1_000_000
"""Documents, and characters of them together, that are remembered."""


_SHOWN = 128
"""Characters of an unknown operation's name in a message."""


class Operation(msgspec.Struct, frozen=True):
    """One operation of a document; its `kind` is query, mutation or subscription."""

    name: str | None
    kind: str
    cost: OperationCost


class PreparedQuery(msgspec.Struct, frozen=True):
    """A document within the limits and valid.

    Its operations by name, None naming the only one; what its fields read; and the executor's view of it, with a plan
    for each operation that ran.
    """

    text: str
    operations: dict[str | None, Operation]
    needs: Needs
    document: Document

    def operation(self, name: str | None) -> Operation:
        """The operation that a request names. Raises GraphQLError."""
        operation = self.operations.get(name)
        if operation is None:
            message = "Say by `operationName` which operation." if name is None else _unknown(name)
            raise GraphQLError(message, extensions={"code": ErrorCode.BAD_USER_INPUT.value})
        return operation


class PreparedQueries:
    """Examines each text once, and remembers those that passed: the least recently used is forgotten."""

    def __init__(self, schema: FreeholdSchema, examiner: Examiner, executor: BatchedExecutor) -> None:
        self._schema = schema
        self._examiner = examiner
        self._executor = executor
        self._by_text = LRU[str, PreparedQuery](MOST, GREATEST)

    def find(self, text: str) -> PreparedQuery | None:
        """None if the text was not prepared before."""
        return self._by_text.get(text)

    def prepare(self, text: str) -> PreparedQuery:
        """Takes some milliseconds for a large document. Raises GraphQLError, or Invalid for a document with errors."""
        node = self._examiner.examine(text)
        core = self._schema.core
        document = self._executor.prepare(self._schema, node)
        prepared = PreparedQuery(text, _operations(core, node), needs_of(core, node), document)
        self._by_text.put(text, prepared, len(text))
        return prepared


def _unknown(name: str) -> str:
    shown = name if len(name) <= _SHOWN else f"{name[:_SHOWN]}…"
    return f"There is no operation {shown!r}."


def build_prepared_queries(
    settings: SecuritySettings, schema: FreeholdSchema, executor: BatchedExecutor
) -> PreparedQueries:
    """With the settings' limits."""
    examiner = Examiner(
        schema.core,
        DocumentLimits.of(settings),
        introspection=settings.introspection,
        suggestions=settings.suggests,
    )
    return PreparedQueries(schema, examiner, executor)


def _operations(schema: GraphQLSchema, node: DocumentNode) -> dict[str | None, Operation]:
    operations: dict[str | None, Operation] = {}
    definitions = [each for each in node.definitions if isinstance(each, OperationDefinitionNode)]
    for definition in definitions:
        name = definition.name.value if definition.name else None
        cost = compile_cost(schema, node, definition)
        operations[name] = operation = Operation(name, definition.operation.value, cost)
    if len(definitions) == 1:
        operations[None] = operation
    return operations
