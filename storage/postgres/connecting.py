"""Connecting to Postgres. Every failure is explained in one sentence without secrets."""

import os
import re
import socket
import ssl
from collections.abc import Iterator
from configparser import Error as ServiceFileError
from contextlib import contextmanager
from typing import Any

import asyncpg

from storage.errors import DeadlineExceeded, StoreError, Unavailable
from storage.postgres import tls
from storage.postgres.address import Address

MIN_VERSION = 14
"""The oldest supported version of Postgres."""

_SETTINGS = {
    "application_name": "freehold",
    "idle_in_transaction_session_timeout": "60000",
    # Compiling takes longer than any of our statements.
    "jit": "off",
    # Remembering owners within a statement costs more than looking them up again.
    "enable_memoize": "off",
}
# Errors of asyncpg: for a server's answer, for variables of the environment (PG…), and if the server isn't a Postgres.
_REFUSALS = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    ServiceFileError,
    OSError,
    ValueError,
    KeyError,
)


@contextmanager
def connecting(address: Address, seconds: float) -> Iterator[None]:
    """Translates the errors of connecting within `seconds`. Raises Unavailable or DeadlineExceeded."""
    try:
        yield
    except StoreError:
        raise
    except TimeoutError as exc:
        raise DeadlineExceeded(f"{_server(address)} did not answer within {seconds:g} seconds") from exc
    except _REFUSALS as exc:
        raise Unavailable(_reason(address, exc)) from exc


async def connect(address: Address, seconds: float, **more: Any) -> Any:
    """Connect. Arguments in `more` replace those of the address. Raises Unavailable or DeadlineExceeded."""
    seconds = address.connect_timeout or seconds
    with connecting(address, seconds):
        settings = {"server_settings": dict(address.server_settings)}
        return await asyncpg.connect(**address.arguments(), timeout=seconds, **settings | more)


def session_settings(address: Address, statement_seconds: float) -> dict[str, str]:
    """The server's settings for sessions of the pool. Those of the URL take precedence."""
    return {**_SETTINGS, "statement_timeout": str(int(statement_seconds * 1000)), **address.server_settings}


def check_server(connection: Any) -> None:
    """Raises Unavailable if the server is too old or the database can't hold every text."""
    version = connection.get_server_version()
    if version.major < MIN_VERSION:
        raise Unavailable(f"Postgres is {version.major}.{version.minor}, and must be {MIN_VERSION} or newer")
    encoding = connection.get_settings().server_encoding
    if encoding != "UTF8":
        raise Unavailable(f"the database's encoding is {encoding}, and must be UTF8: make another with ENCODING 'UTF8'")


def _server(address: Address) -> str:
    return f"Postgres at {address.place}" if address.place else "Postgres"


def _reason(address: Address, exc: Exception) -> str:
    server = _server(address)
    if isinstance(exc, asyncpg.PostgresError):
        return f"{server} refuses the connection: {_one_line(exc)}{_hint(address, exc)}"
    if isinstance(exc, socket.gaierror):
        return f"{server}: the host's name can't be resolved ({exc.strerror})"
    if isinstance(exc, asyncpg.exceptions.TargetServerAttributeNotMatched):
        return f"{server} is not the kind of server that {address.called['target_session_attrs']} asks for"
    if (fault := _fault_of_files(address, exc)) is not None:
        return fault
    if isinstance(exc, ssl.SSLError):
        return f"{server}: TLS failed: {getattr(exc, 'verify_message', '') or exc.reason or _one_line(exc)}"
    if isinstance(exc, KeyError):
        return f"{server}: name a user in the URL: this process' user has no name"
    # asyncio adds addresses and numbers to the system's message, and joins the messages of several addresses.
    if isinstance(exc, OSError) and (number := re.search(r"\[Errno (\d+)\]", str(exc))):
        return f"{server} can't be reached: {os.strerror(int(number[1]))}"
    return f"{server}: {_one_line(exc)}"


def _fault_of_files(address: Address, exc: Exception) -> str | None:
    """What is wrong with a file of TLS, which the driver reads before it connects: its exception names none."""
    if isinstance(exc, ssl.SSLError):
        return None if isinstance(exc, ssl.SSLCertVerificationError) else tls.find_fault(address.tls)
    if isinstance(exc, PermissionError) and not address.is_local and "Connect call failed" not in str(exc):
        return tls.find_fault(address.tls)
    return None


def _hint(address: Address, exc: asyncpg.PostgresError) -> str:
    """Advice for a PgBouncer, which refuses our session settings."""
    said = str(exc)
    if not said.startswith("unsupported startup parameter"):
        return ""
    own = "options" if said.startswith("unsupported startup parameter in options") else said.rpartition(": ")[2]
    if own in address.server_settings:
        return f": leave out {address.called[own]}, which PgBouncer does not take"
    return ": if a PgBouncer in transaction mode answers there, set FREEHOLD_PGBOUNCER=true"


def _one_line(exc: Exception) -> str:
    return " ".join(str(exc).split()) or type(exc).__name__
