"""The Strawberry extension: keeps documents with their plans, and answers what they can."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Hashable, Iterator, Mapping, Sequence
from typing import Any

import graphql
from graphql import DocumentNode, ExecutionResult
from strawberry.execution import optimized_is_awaitable
from strawberry.extensions import SchemaExtension

from executor.documents import NO_OPTIONS, Document
from executor.execute import Result, execute_plan
from executor.fallback import Fallback, OnFallback, ignore_fallback
from executor.lru import LRU

__all__ = ["BatchedExecutor"]


class BatchedExecutor:
    """Makes the extension of each request: `strawberry.Schema(query, extensions=[BatchedExecutor()])`.

    Put it after extensions that change the query or the validation rules when an operation starts. It keeps at most
    `most_documents` valid documents, of at most `longest_text` characters together; a document is known by its text
    and the schema, and validated again where the rules are others, so rules should be built once; another extension's
    document is kept if it was parsed from that text. `fallbacks` counts by reason what took a slower path, and each is
    reported to `on_fallback`. For `Schema.execute`, not `execute_sync`.

    Whoever encodes the data by msgspec may have `structs` for the objects that hold nothing but plain values: they are
    cheaper than dicts to make, to keep and to encode.
    """

    def __init__(
        self,
        *,
        most_documents: int = 1000,
        longest_text: int = 1_000_000,
        structs: bool = False,
        on_fallback: OnFallback = ignore_fallback,
    ) -> None:
        self.documents = LRU[Hashable, Document](most_documents, longest_text)
        self.structs = structs
        self.fallbacks: Counter[Fallback] = Counter()
        self._on_fallback = on_fallback
        self._wrapping: dict[Any, bool] = {}

    def __call__(self) -> SchemaExtension:
        return _BatchedExecution(self)

    def prepare(self, schema: Any, node: DocumentNode, rules: Sequence[object] = ()) -> Document:
        """What `answer` takes: a document of a Strawberry schema, which the caller has found valid by the rules."""
        return Document(schema._schema, node, rules, structs=self.structs, on_fallback=self.fall_back)

    def answer(
        self,
        document: Document,
        schema: Any,
        variables: dict[str, Any] | None,
        operation_name: str | None,
        context: Any,
        root_value: Any = None,
        *,
        options: Mapping[str, Any] = NO_OPTIONS,
    ) -> Result:
        """The result, or an awaitable of it, without Strawberry's pipeline: no other extension hears of it.

        `options` are those of `graphql.execute`.
        """
        executor_class = schema.execution_context_class
        asked = (root_value, context, variables, operation_name)
        result = execute_plan(document, *asked, executor_class=executor_class, options=options)
        if result is None:
            self.fall_back(Fallback.UNPLANNED)
            result = graphql.execute(schema._schema, document.node, *asked, executor_class=executor_class, **options)
        return result

    def fall_back(self, reason: Fallback) -> None:
        self.fallbacks[reason] += 1
        self._on_fallback(reason)

    def wraps_resolvers(self, schema: Any) -> bool:
        """Whether other extensions want to see every resolver, as operation directives do."""
        wrapping = self._wrapping.get(schema)
        if wrapping is None:
            wrapping = self._wrapping[schema] = any(
                type(extension).resolve is not SchemaExtension.resolve for extension in schema.get_extensions()
            )
        return wrapping


class _BatchedExecution(SchemaExtension):
    """One request's use of a BatchedExecutor."""

    def __init__(self, executor: BatchedExecutor) -> None:
        self._executor = executor
        self._document: Document | None = None
        self._key: Hashable = None
        self._parsed: DocumentNode | None = None

    def on_parse(self) -> Iterator[None]:
        """Gives Strawberry the document if it has been parsed and found valid before."""
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
            result = self._perform(context.graphql_document)
            if result is None:
                wraps = self._executor.wraps_resolvers(context.schema)
                self._executor.fall_back(Fallback.WRAPPED_RESOLVERS if wraps else Fallback.UNPLANNED)
            else:
                context.result = result if isinstance(result, ExecutionResult) else await result
        yield

    def _perform(self, node: DocumentNode) -> Result | None:
        """The result, or None where only graphql-core can answer."""
        context = self.execution_context
        schema: Any = context.schema
        document = self._document
        if document is None or document.node is not node:
            document = self._plannable(node)
        if self._executor.wraps_resolvers(schema):
            return None
        return execute_plan(
            document,
            context.root_value,
            context.context,
            context.variables,
            context.operation_name,
            executor_class=schema.execution_context_class,
            options={
                "is_awaitable": optimized_is_awaitable,
                "operation_extensions": context.operation_extensions,
            },
        )

    def _plannable(self, node: DocumentNode) -> Document:
        """The document with no plan yet; kept from now on if it is what the query says, since it has been validated."""
        context = self.execution_context
        executor = self._executor
        document = executor.prepare(context.schema, node, context.validation_rules)
        if context.query and node is self._parsed:
            executor.documents.put(self._key, document, len(context.query))
        return document


def _text_of(document: DocumentNode) -> str | None:
    """What the document was parsed from, if it is remembered."""
    return document.loc.source.body if document.loc else None


def _key(text: str | None, schema: Any, max_tokens: int | None = None) -> Hashable:
    return (text, max_tokens, schema)
