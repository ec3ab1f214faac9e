"""The Strawberry extension: it keeps documents with their plans, and executes operations by them."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Hashable, Iterator, Mapping, Sequence
from typing import Any

import graphql
from graphql import DocumentNode, ExecutionResult
from strawberry.extensions import SchemaExtension
from strawberry.schema import BaseSchema

from executor._documents.document import NO_OPTIONS, Document
from executor._execute import Result, execute_plan
from executor._fallback import Fallback, OnFallback, ignore_fallback
from executor._lru import LRU
from executor._strawberry import core_schema, executor_class, is_awaitable, wraps_resolvers

__all__ = ["BatchedExecutor"]


class BatchedExecutor:
    """Makes the extension of each request: `strawberry.Schema(query, extensions=[BatchedExecutor()])`.

    Put it after extensions that change the query or the validation rules when an operation starts. It serves
    `Schema.execute`, not `execute_sync`.

    `documents` keeps valid documents with their plans; by default 1,000 of them, whose texts have up to 1,000,000
    characters in total. A document is found by its text and the schema, and validated again if the validation rules
    are others: build rules once. A document that another extension parsed is kept if it was parsed from that text.

    With `structs`, objects that hold nothing but direct fields are msgspec structs instead of dicts: cheaper to
    make, to keep and to encode by msgspec.

    `fallbacks` counts by reason the operations, or parts of one, that took a slower path; `on_fallback(reason)` is
    called for each.
    """

    def __init__(
        self,
        *,
        documents: LRU[Hashable, Document] | None = None,
        structs: bool = False,
        on_fallback: OnFallback = ignore_fallback,
    ) -> None:
        self.documents = LRU[Hashable, Document](1_000, 1_000_000) if documents is None else documents
        self.fallbacks: Counter[Fallback] = Counter()
        self._structs = structs
        self._on_fallback = on_fallback
        self._wrapping: dict[BaseSchema, bool] = {}

    def __call__(self) -> SchemaExtension:
        return _BatchedExecution(self)

    def prepare(self, schema: BaseSchema, node: DocumentNode, rules: Sequence[object] = ()) -> Document:
        """What `answer` takes: a document of a Strawberry schema, which the caller has validated by the rules."""
        return Document(core_schema(schema), node, rules, structs=self._structs, on_fallback=self.fall_back)

    def answer(
        self,
        document: Document,
        schema: BaseSchema,
        variables: dict[str, Any] | None,
        operation_name: str | None,
        context: Any,
        root_value: Any = None,
        *,
        options: Mapping[str, Any] = NO_OPTIONS,
    ) -> Result:
        """The result, or an awaitable of it, without Strawberry's pipeline: no other extension is called.

        `options` are those of `graphql.execute`.
        """
        asked = (root_value, context, variables, operation_name)
        execution = executor_class(schema)
        result = execute_plan(document, *asked, executor_class=execution, options=options)
        if result is None:
            result = graphql.execute(core_schema(schema), document.node, *asked, executor_class=execution, **options)
        return result

    def fall_back(self, reason: Fallback) -> None:
        """Counts and reports a slower path."""
        self.fallbacks[reason] += 1
        self._on_fallback(reason)

    def wraps_resolvers(self, schema: BaseSchema) -> bool:
        """Whether other extensions want to see every resolver, as operation directives do."""
        wrapping = self._wrapping.get(schema)
        if wrapping is None:
            wrapping = self._wrapping[schema] = wraps_resolvers(schema)
        return wrapping


class _BatchedExecution(SchemaExtension):
    """The extension of one request."""

    def __init__(self, executor: BatchedExecutor) -> None:
        self._executor = executor
        self._document: Document | None = None
        self._key: Hashable = None
        self._parsed: DocumentNode | None = None

    def on_parse(self) -> Iterator[None]:
        """Gives Strawberry the document if it was parsed and validated before."""
        context = self.execution_context
        given = context.graphql_document
        self._key = _key(context.query, context.schema, context.parse_options.get("max_tokens"))
        if given is None:
            self._document = self._executor.documents.get(self._key)
            if self._document is not None and self._document.rules == context.validation_rules:
                context.graphql_document = self._document.node
                context.pre_execution_errors = []
        yield
        if given is None or _text_of(given) == context.query:
            self._parsed = context.graphql_document

    async def on_execute(self) -> AsyncIterator[None]:
        context = self.execution_context
        if context.result is None and context.graphql_document is not None:
            result = self._execute(context.graphql_document)
            if result is not None:
                context.result = result if isinstance(result, ExecutionResult) else await result
        yield

    def _execute(self, node: DocumentNode) -> Result | None:
        """The result; None where only graphql-core can answer."""
        context = self.execution_context
        document = self._document
        if document is None or document.node is not node:
            document = self._prepare(node)
        if self._executor.wraps_resolvers(context.schema):
            self._executor.fall_back(Fallback.WRAPPED_RESOLVERS)
            return None
        return execute_plan(
            document,
            context.root_value,
            context.context,
            context.variables,
            context.operation_name,
            executor_class=executor_class(context.schema),
            options={"is_awaitable": is_awaitable, "operation_extensions": context.operation_extensions},
        )

    def _prepare(self, node: DocumentNode) -> Document:
        """The document, without plans. It has been validated, and is kept if it was parsed from the query's text."""
        context = self.execution_context
        executor = self._executor
        document = executor.prepare(context.schema, node, context.validation_rules)
        if context.query and node is self._parsed:
            executor.documents.put(self._key, document, len(context.query))
        return document


def _text_of(document: DocumentNode) -> str | None:
    """The text that the document was parsed from; None if the document does not say."""
    return document.loc.source.body if document.loc else None


def _key(text: str | None, schema: BaseSchema, max_tokens: int | None = None) -> Hashable:
    return (text, max_tokens, schema)
