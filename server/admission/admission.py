"""Admission: whether an operation may run, decided before anything of it does. Takes a few µs."""

from collections.abc import Awaitable
from typing import Any

from graphql import GraphQLError

from schema.errors import ErrorCode, Forbidden
from schema.viewer import Scope, Viewer
from server.admission.document_limits import DocumentLimits
from server.admission.operation_cost import CostExceeded
from server.admission.prepared_queries import Operation
from server.admission.token_count import count_tokens
from server.admission.variable_values import NONE_LARGE, check_values
from server.graphql.context import RequestContext
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


REFUSAL_COST = 10
"""What an operation costs that is refused before it runs."""


class MethodNotAllowed(GraphQLError):
    """An operation that changes something, by an HTTP method that must not."""

    def __init__(self) -> None:
        code = ErrorCode.METHOD_NOT_ALLOWED.value
        super().__init__("Send mutations by POST: GET and HEAD only answer queries.", extensions={"code": code})


class Admission:
    """The limits of operations, and the rates of those who ask for them."""

    def __init__(self, limits: DocumentLimits, callers: Callers, buckets: Buckets) -> None:
        self._limits = limits
        self._callers = callers
        self._buckets = buckets

    def admit(self, operation: Operation, variables: dict[str, Any], context: RequestContext) -> Awaitable[None] | None:
        """Checks the HTTP method, the operation's scopes, its variables' limits, its cost and the rate, in this order.

        Raises GraphQLError for the first four. Where a rate limits the caller, an awaitable charges it, and raises
        RateLimited.
        """
        if context.is_safe and operation.kind != "query":
            raise MethodNotAllowed
        _check_scopes(context.viewer, operation.kind)
        sizes = check_values(variables, self._limits.values, self._limits.name) if variables else NONE_LARGE
        cost = context.cost = operation.cost.of(variables, sizes)
        if cost > self._limits.cost:
            raise CostExceeded(cost, self._limits.cost, operation.cost.greatest(variables, sizes))
        bucket = self._callers.bucket(context.viewer, context.address)
        return None if bucket is None else self._charge(bucket, context, cost)

    async def charge_examination(self, text: str, context: RequestContext) -> None:
        """For a document that was not seen before. Raises RateLimited."""
        bucket = self._callers.bucket(context.viewer, context.address)
        if bucket is not None:
            await self._charge(bucket, context, examination_cost(text, self._limits.tokens))

    async def charge_refusal(self, context: RequestContext) -> None:
        """For an operation that is refused: until then its document was looked up, and its variables counted.

        Raises RateLimited.
        """
        bucket = self._callers.bucket(context.viewer, context.address)
        if bucket is not None:
            await self._charge(bucket, context, REFUSAL_COST)

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

    async def _charge(self, bucket: Bucket, context: RequestContext, cost: int) -> None:
        try:
            context.headers[:] = await spend(self._buckets, bucket, cost)
        except RateLimited as limited:
            context.headers[:] = limited.headers
            raise


def build_admission(settings: SecuritySettings, buckets: Buckets) -> Admission:
    """The settings' admission."""
    return Admission(DocumentLimits.of(settings), build_callers(settings), buckets)


def examination_cost(text: str, most_tokens: int) -> int:
    """What a document costs that was not seen before: its parsing and validation."""
    return 10 + len(text) // 50 + count_tokens(text, most_tokens) // 5


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
