"""The answers to a token that is not taken. RFC 6750 says what they look like."""

import logging

from starlette.responses import Response

from schema.errors import ErrorCode
from server.refusal import CHALLENGE, refuse

logger = logging.getLogger("freehold")


def refuse_token(reason: str) -> Response:
    """401, with the reason."""
    headers = {"www-authenticate": f'{CHALLENGE["www-authenticate"]}, error="invalid_token"'}
    return refuse(401, ErrorCode.UNAUTHENTICATED, f"Unauthenticated: {reason}.", headers=headers)


def refuse_without_keys(error: Exception) -> Response:
    """503: the token may well hold. Logs why the keys are missing."""
    logger.warning("the issuer's keys can't be had: %s", error)
    return refuse(503, ErrorCode.UNAVAILABLE, "Tokens can't be checked now; try again later.")
