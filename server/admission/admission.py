"""Admission: whether an operation may run, decided before anything of it does. Takes a few µs."""

from collections.abc import Awaitable
from typing import Any, Protocol

from graphql import GraphQLError

from schema.errors import ErrorCode, Forbidden
from schema.viewer import Scope, Viewer
from server.admission.document_limits import DocumentLimits
from server.admission.operation_cost import CostExceeded
from server.admission.prepared_queries import Operation
from server.admission.token_count import count_tokens
from server.admission.variable_values import NONE_LARGE, check_values
from server.http.errors import RequestError
from server.rate_limit.bucket import Bucket, Buckets, Rate, RateLimited, spend
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


class OperationRequest(Protocol):
    """A request as admission sees it. It sets `cost`, and `rate` if a rate limits the caller."""

    viewer: Viewer
    address: str
    is_safe: bool
    wants_cost: bool
    cost: int | None
    rate: Rate | None


class Admission:
    """The limits of operations, and the rates of those who ask for them."""

    def __init__(self, limits: DocumentLimits, callers: Callers, buckets: Buckets) -> None:
        self._limits = limits
        self._callers = callers
        self._buckets = buckets

    def admit(
        self, operation: Operation, variables: dict[str, Any], request: OperationRequest
    ) -> Awaitable[None] | None:
        """Checks the HTTP method, the operation's scopes, its variables' limits, its cost and the rate, in this order.

        Raises GraphQLError for the first four. Where a rate limits the caller, an awaitable charges it, and raises
        RateLimited.
        """
        if request.is_safe and operation.kind != "query":
            raise MethodNotAllowed
        _check_scopes(request.viewer, operation.kind)
        sizes = check_values(variables, self._limits.values, self._limits.name) if variables else NONE_LARGE
        cost = request.cost = operation.cost.of(variables, sizes)
        if cost > self._limits.cost:
            raise CostExceeded(cost, self._limits.cost, operation.cost.greatest(variables, sizes))
        bucket = self._callers.bucket(request.viewer, request.address)
        return None if bucket is None else self._charge(bucket, request, cost)

    async def charge_examination(self, text: str, request: OperationRequest) -> None:
        """For a document that was not seen before. Raises RateLimited."""
        bucket = self._callers.bucket(request.viewer, request.address)
        if bucket is not None:
            await self._charge(bucket, request, examination_cost(text, self._limits.tokens))

    async def charge_refusal(self, request: OperationRequest) -> None:
        """For an operation that is refused: until then its document was looked up, and its variables counted.

        Raises RateLimited.
        """
        bucket = self._callers.bucket(request.viewer, request.address)
        if bucket is not None:
            await self._charge(bucket, request, REFUSAL_COST)

    async def charge_failure(self, address: str) -> None:
        """Charges for an invalid token: guessing them has a rate too. Raises RequestError where it is spent."""
        bucket = self._callers.address_bucket(address)
        if bucket is None:
            return
        try:
            await spend(self._buckets, bucket, FAILURE_COST)
        except RateLimited as limited:
            headers = {"retry-after": str(limited.wait)}
            raise RequestError(ErrorCode.RATE_LIMITED, limited.message, headers) from limited

    def results(self, request: OperationRequest) -> dict[str, Any]:
        """The response's `extensions`."""
        if not request.wants_cost or request.cost is None:
            return {}
        return {"cost": {"requested": request.cost, "limit": self._limits.cost}}

    async def _charge(self, bucket: Bucket, request: OperationRequest, cost: int) -> None:
        try:
            request.rate = await spend(self._buckets, bucket, cost)
        except RateLimited as limited:
            request.rate = limited.rate
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
