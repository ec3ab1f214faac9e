"""The rules of single settings: each takes a value and returns the one to keep, or raises ValueError."""

import re
from collections.abc import Callable
from functools import wraps

from server.settings.jwks_url import check_jwks_url
from server.settings.secret import Secret
from server.settings.tokens import parse_scopes, parse_tokens
from storage.opening import check_database_url
from storage.postgres.address import parse_address
from storage.redis_url import check_redis_url


def _stripped(check: Callable[[str], object]) -> Callable[[Secret], Secret]:
    """A rule of a URL, without the blanks around it."""

    @wraps(check)
    def keep(url: Secret) -> Secret:
        text = url.text.strip()
        check(text)
        return Secret(text)

    return keep


database_url = _stripped(check_database_url)
listen_url = _stripped(parse_address)


@_stripped
def cache_url(text: str) -> None:
    """`memory`, `none` or a Redis."""
    if text not in ("memory", "none"):
        check_redis_url(text, besides="memory, none")


@_stripped
def redis_url(text: str) -> None:
    """`none` or a Redis."""
    if text != "none":
        check_redis_url(text, besides="none")


def host(value: str) -> str:
    """An IPv6 address may stand in brackets, as in a URL."""
    return value[1:-1] if value.startswith("[") and value.endswith("]") else value


def database_schema(value: str) -> str:
    """A name that Postgres needs no quotes for, with room for a suffix; or nothing."""
    if not re.fullmatch("([a-z_][a-z0-9_]{0,53})?", value) or value.startswith("pg_"):
        raise ValueError("expected at most 54 of a to z, 0 to 9 and _, not beginning with a digit or pg_")
    return value


def currency(value: str) -> str:
    """A code of ISO 4217."""
    if not re.fullmatch("[A-Z]{3}", value):
        raise ValueError("expected three capital letters, such as EUR")
    return value


def cors_headers(value: tuple[str, ...]) -> tuple[str, ...]:
    """Names of headers, or `*` alone."""
    for place, name in enumerate(value, start=1):
        if not re.fullmatch(r"[\w!#$%&'*+.^`|~-]+", name, re.ASCII) or (name == "*" and len(value) > 1):
            raise ValueError(f"entry {place}: expected the name of a header, such as x-request-id, or `*` alone")
    return value


def tokens(value: Secret) -> Secret:
    """Entries as `freehold token` makes them."""
    parse_tokens(value.text)
    return value


def jwt_key(value: Secret) -> Secret:
    """A key that tokens can be verified with, or nothing."""
    if value.text:
        from server.settings.jwt_key import choose_algorithm  # only here: cryptography takes a tenth of a start

        choose_algorithm(value.text)
    return value


def jwt_jwks_url(value: str) -> str:
    """A URL that keys may be fetched from, or nothing."""
    if value:
        check_jwks_url(value)
    return value


def public(value: str) -> str:
    """Scopes parted by one blank, or `none`."""
    if value.strip() == "none":
        return value.strip()
    names = value.replace(",", " ").split()
    if not names:
        raise ValueError("expected scopes, or `none`")
    parse_scopes(names)
    return " ".join(names)
