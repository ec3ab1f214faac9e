"""The answers to a token that is not taken. RFC 6750 says what they look like."""

from starlette.responses import Response

from schema.errors import ErrorCode
from server.graphql.errors import RETRY_AFTER
from server.http.errors import CHALLENGE, refuse


def refuse_token(reason: str) -> Response:
    """401, with the reason."""
    headers = {"www-authenticate": f'{CHALLENGE["www-authenticate"]}, error="invalid_token"'}
    return refuse(401, ErrorCode.UNAUTHENTICATED, f"Unauthenticated: {reason}.", headers=headers)


def refuse_without_keys() -> Response:
    """503: the token may well hold. The log says why the keys are missing, once for each fetch."""
    message = "Tokens can't be checked now; try again later."
    return refuse(503, ErrorCode.UNAVAILABLE, message, headers={"retry-after": RETRY_AFTER})
