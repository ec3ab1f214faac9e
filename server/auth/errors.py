"""Why a caller can't be identified."""

from schema.errors import ErrorCode
from server.http.errors import CHALLENGE, RETRY_AFTER, RequestError


class Unauthenticated(RequestError):
    """The token is invalid or has expired; `reason` is for the caller. RFC 6750 says what the response looks like."""

    def __init__(self, reason: str) -> None:
        headers = {"www-authenticate": f'{CHALLENGE}, error="invalid_token"'}
        super().__init__(ErrorCode.UNAUTHENTICATED, f"Unauthenticated: {reason}.", headers)


class KeysUnavailable(RequestError):
    """The issuer's keys can't be had, so a token that may be valid can't be checked. `reason` is for the log alone."""

    def __init__(self, reason: str) -> None:
        super().__init__(ErrorCode.UNAVAILABLE, "Tokens can't be checked now; try again later.", RETRY_AFTER)
        self.reason = reason
