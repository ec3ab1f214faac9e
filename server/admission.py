"""Admission: whether an operation may run, decided before anything of it does. Costs a known document a few µs."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from graphql import GraphQLError
from strawberry.extensions import SchemaExtension
from strawberry.types import ExecutionContext

from schema.errors import ErrorCode, Forbidden
from schema.viewer import Scope, Viewer
from server.graphql.context import RequestContext
from server.limits.document_limits import DocumentLimits
from server.limits.documents import Document, Documents, Invalid, Operation
from server.limits.operation_cost import CostExceeded
from server.limits.tokens import count_tokens
from server.limits.values import NONE_LARGE, check_values
from server.rate_limit.bucket import Bucket, Buckets, RateLimited, spend
from server.rate_limit.callers import Callers, build_callers
from server.settings.security import SecuritySettings

_NEEDED = {
    "query": (Scope.READ,),
    "mutation": (Scope.WRITE, Scope.READ),  # what was written is read back in the answer
    "subscription": (Scope.READ,),
}

FAILURE_COST = 100
"""What a wrong token costs its address."""


class MethodNotAllowed(GraphQLError):
    """An operation that changes something, by an HTTP method that must not."""

    def __init__(self) -> None:
        code = ErrorCode.METHOD_NOT_ALLOWED.value
        super().__init__("Send mutations by POST: GET and HEAD only answer queries.", extensions={"code": code})


class Admission:
    """Makes the extension of each request; it comes before the executor's: `extensions=[admission, executor]`.

    In this order: the rate for a new document's examination, its limits and validity; the HTTP method;
    the operation's scopes; its variables' limits; its cost; the rate for that. What is refused has run nothing.
    """

    def __init__(self, documents: Documents, limits: DocumentLimits, callers: Callers, buckets: Buckets) -> None:
        self._documents = documents
        self._limits = limits
        self._callers = callers
        self._buckets = buckets

    def __call__(self) -> SchemaExtension:
        return _Admitted(self)

    async def admit(self, execution: ExecutionContext) -> None:
        """Raises GraphQLError; a document's own errors are left in the execution, as validation leaves them."""
        if not execution.query:
            return
        context: RequestContext = execution.context
        bucket = self.bucket(context)
        document = self._documents.find(execution.query)
        if document is None:
            if bucket is not None:
                await self.charge(bucket, context, examination_cost(execution.query, self._limits.tokens))
            document = self._examine(execution)
            await asyncio.sleep(0)  # an examination takes some milliseconds: other requests come before its execution
            if document is None:
                return
        operation = _operation(document, execution._provided_operation_name)
        cost = self.check(operation, execution.variables or {}, context)
        await self.charge(bucket, context, cost)

    def known(self, text: str) -> Document | None:
        """What is known of a document that was examined before."""
        return self._documents.find(text)

    def check(self, operation: Operation, given: dict[str, Any], context: RequestContext) -> int:
        """The cost, which is still to be charged, if this caller may run the operation with these variables.

        Raises GraphQLError.
        """
        if context.is_safe and operation.kind != "query":
            raise MethodNotAllowed
        _check_scopes(context.viewer, operation.kind)
        sizes = check_values(given, self._limits.values) if given else NONE_LARGE
        cost = context.cost = operation.cost.of(given, sizes)
        if cost > self._limits.cost:
            raise CostExceeded(cost, self._limits.cost, operation.cost.greatest(given, sizes))
        return cost

    def bucket(self, context: RequestContext) -> Bucket | None:
        """What this caller is charged from, or None where nothing limits it."""
        return self._callers.bucket(context.viewer, context.address)

    async def charge(self, bucket: Bucket | None, context: RequestContext, cost: int) -> None:
        """Raises RateLimited."""
        if bucket is not None:
            try:
                context.headers[:] = await spend(self._buckets, bucket, cost)
            except RateLimited as limited:
                context.headers[:] = limited.headers
                raise

    async def charge_failure(self, address: str) -> None:
        """For a token that is none: guessing them has a rate too. Raises RateLimited."""
        bucket = self._callers.address_bucket(address)
        if bucket is not None:
            await spend(self._buckets, bucket, FAILURE_COST)

    def results(self, context: RequestContext) -> dict[str, Any]:
        """The response's `extensions`."""
        if not context.wants_cost or context.cost is None:
            return {}
        return {"cost": {"requested": context.cost, "limit": self._limits.cost}}

    def _examine(self, execution: ExecutionContext) -> Document | None:
        """None where the document has errors. A new one is parsed and validated here, once for all."""
        assert execution.query is not None
        try:
            examined = self._documents.examine(execution.query, execution.schema._schema, execution.validation_rules)
        except Invalid as invalid:
            execution.graphql_document = invalid.node
            execution.pre_execution_errors = invalid.errors
            return None
        execution.graphql_document = examined.node
        execution.pre_execution_errors = []
        return examined.document


def build_admission(settings: SecuritySettings, buckets: Buckets) -> Admission:
    """The settings' admission."""
    limits = settings.document_limits()
    documents = Documents(limits, introspection=settings.introspection, suggestions=settings.suggests)
    return Admission(documents, limits, build_callers(settings), buckets)


class _Admitted(SchemaExtension):
    """One request's use of an Admission."""

    def __init__(self, admission: Admission) -> None:
        self._admission = admission

    async def on_operation(self) -> AsyncIterator[None]:
        await self._admission.admit(self.execution_context)
        yield

    def get_results(self) -> dict[str, Any]:
        return self._admission.results(self.execution_context.context)


def examination_cost(text: str, most_tokens: int) -> int:
    """What a document costs that was not seen before: its parsing and validation."""
    return 10 + len(text) // 50 + count_tokens(text, most_tokens) // 5


def _operation(document: Document, name: str | None) -> Operation:
    operation = document.operations.get(name)
    if operation is None:
        message = "Say by `operationName` which operation." if name is None else f"There is no operation {name!r}."
        raise GraphQLError(message, extensions={"code": ErrorCode.BAD_USER_INPUT.value})
    return operation


def _check_scopes(viewer: Viewer, kind: str) -> None:
    needed = _NEEDED[kind]
    if not viewer.scopes.issuperset(needed):
        raise scope_error(viewer, next(scope for scope in needed if not viewer.may(scope)))


def scope_error(viewer: Viewer, scope: Scope) -> GraphQLError:
    """What tells the public to show a token, and a token's holder that it takes another."""
    if viewer.is_public:
        message = f"This needs the scope `{scope}`: {viewer.advice}."
        extensions = {"code": ErrorCode.UNAUTHENTICATED.value, "scope": scope.value}
        return GraphQLError(message, extensions=extensions)
    return Forbidden(f"This needs the scope `{scope}`, which {viewer.name}'s token lacks.", scope)
