"""The parameters of a Postgres URL: libpq's, some of which asyncpg takes, and those of other tools."""

import os
import re
from collections.abc import Mapping

from storage.named_file import is_readable
from storage.postgres import tls
from storage.postgres.environment import Parameter
from storage.tls_files import TlsFile, missing

TAKEN = frozenset(
    {
        *("host", "port", "dbname", "user", "password", "passfile", "krbsrvname", "gsslib"),
        *("sslmode", "sslnegotiation", "sslcert", "sslkey", "sslpassword", "sslrootcert", "sslcrl"),
        *("ssl_min_protocol_version", "ssl_max_protocol_version", "target_session_attrs"),
    }
)
"""Parameters that the driver takes from a URL."""

SENT = frozenset({"application_name", "options"})
"""Parameters that are sent to the server when a session starts."""

CONNECT_TIMEOUT = "connect_timeout"
PGBOUNCER = "pgbouncer"

SYSTEM = "system"
"""The `sslrootcert` that means the certificates of this machine."""

_TLS_VERSIONS = ("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3")
_CHOICES = {
    "sslmode": ("disable", "allow", "prefer", "require", "verify-ca", "verify-full"),
    "sslnegotiation": ("postgres", "direct"),
    "ssl_min_protocol_version": _TLS_VERSIONS,
    "ssl_max_protocol_version": _TLS_VERSIONS,
    "target_session_attrs": ("any", "read-write", "read-only", "primary", "standby", "prefer-standby"),
    "gsslib": ("gssapi", "sspi"),
    PGBOUNCER: ("true", "false"),
}
_OVER_TLS = ("require", "verify-ca", "verify-full")

# Ignored with these values, or with any: they have no effect here, or the driver does the same anyway.
_IGNORED: dict[str, tuple[str, ...] | None] = {
    "channel_binding": None,
    "client_encoding": None,
    "fallback_application_name": None,
    "keepalives": None,
    "keepalives_idle": None,
    "keepalives_interval": None,
    "keepalives_count": None,
    "tcp_user_timeout": None,
    "load_balance_hosts": None,
    "sslcompression": None,
    "sslsni": None,
    "sslkeylogfile": None,
    "max_protocol_version": None,
    "min_protocol_version": ("3.0",),
    "gssencmode": ("disable", "prefer"),
    "gssdelegation": ("0",),
    "sslcertmode": ("disable", "allow"),
    "replication": ("false", "off", "no", "0"),
    # Hosting services and drivers put these into URLs for themselves.
    "supa": None,
    "workaround": None,
    "uselibpqcompat": None,
}
# Parameters of libpq that the driver can't follow. Ignoring one would break a promise or lead to another server.
_REFUSED = frozenset(
    {
        *("hostaddr", "sslcrldir", "requirepeer", "require_auth", "scram_client_key", "scram_server_key"),
        *("oauth_issuer", "oauth_client_id", "oauth_client_secret", "oauth_scope", "servicefile", "requiressl"),
    }
)
# Parameters of other tools, with the setting that does the same here.
_ELSEWHERE = {
    **dict.fromkeys(("pool_size", "connection_limit", "max_connections", "maxPoolSize"), "FREEHOLD_POOL_SIZE"),
    **dict.fromkeys(("pool_timeout", "poolTimeout"), "FREEHOLD_ACQUIRE_TIMEOUT"),
    **dict.fromkeys(("statement_cache_size", "prepared_statements", "prepareThreshold"), "FREEHOLD_STATEMENT_CACHE"),
    **dict.fromkeys(("statement_timeout", "command_timeout", "socket_timeout"), "FREEHOLD_STATEMENT_TIMEOUT"),
    **dict.fromkeys(("pool_mode", "prepare"), "FREEHOLD_PGBOUNCER"),
    **dict.fromkeys(("schema", "currentSchema"), "FREEHOLD_DATABASE_SCHEMA"),
}


def spelled(parameters: Mapping[str, str]) -> dict[str, str]:
    """The parameters of a URL under libpq's names."""
    renamed = dict(parameters)
    if "database" in renamed:
        renamed.setdefault("dbname", renamed.pop("database"))
    if renamed.get("ssl") == "true":  # JDBC's spelling, which libpq takes too
        renamed.pop("ssl")
        renamed.setdefault("sslmode", "require")
    return {name: value for name, value in renamed.items() if value}


def check_parameters(parameters: Mapping[str, Parameter]) -> dict[str, str]:
    """The values of the parameters that aren't ignored. Raises ValueError, which names the faulty one."""
    counting = {name: each for name, each in parameters.items() if not _is_ignored(name, each.value)}
    for name, each in counting.items():
        _check(name, each)
    _check_tls(counting)
    return {name: each.value for name, each in counting.items()}


def _is_ignored(name: str, value: str) -> bool:
    return name in _IGNORED and value in (_IGNORED[name] or (value,))


def _check(name: str, given: Parameter) -> None:
    value, called = given.value, given.called
    if name in _IGNORED:
        raise ValueError(f"{called} can only be {_either(_IGNORED[name] or ())} with this driver")
    if name in _CHOICES and value not in _CHOICES[name]:
        raise ValueError(f"{called} must be {_either(_CHOICES[name])}")
    if name == CONNECT_TIMEOUT and not re.fullmatch(r"-?[0-9]{1,9}", value):
        raise ValueError(f"{called} must be a whole number of seconds")
    if name in _REFUSED:
        raise ValueError(f"{called} is not supported by the driver: leave it out")
    if name in _ELSEWHERE:
        raise ValueError(f"{called} is not a parameter of Postgres: leave it out, and set {_ELSEWHERE[name]}")
    if name not in TAKEN | SENT | _CHOICES.keys() | {CONNECT_TIMEOUT}:
        shown = called if re.fullmatch(r"\w{1,40}", name) else "one of its parameters"
        raise ValueError(f"{shown} is not known: settings of the session go into options=-c%20name%3Dvalue")
    if name in tls.FILES and not (name == "sslrootcert" and value == SYSTEM):
        _check_file(given)
    if name == "passfile":
        _check_passfile(given)


def _check_file(given: Parameter) -> None:
    if not is_readable(given.value):
        raise ValueError(missing(TlsFile(given.value, given.called)))


def _check_passfile(given: Parameter) -> None:
    """The driver, like libpq, ignores a file that others may read. Then the password would be missing."""
    _check_file(given)
    if os.stat(given.value).st_mode & 0o077:
        raise ValueError(f"{given.called}: others may read the file {given.value}; give it the mode 0600")


def _check_tls(parameters: Mapping[str, Parameter]) -> None:
    root, negotiation = parameters.get("sslrootcert"), parameters.get("sslnegotiation")
    by_system = root is not None and root.value == SYSTEM
    mode = parameters["sslmode"].value if "sslmode" in parameters else "verify-full" if by_system else "prefer"
    if root is not None and by_system and (mode != "verify-full" or "sslcert" in parameters):
        raise ValueError(f"{root.called}=system needs sslmode=verify-full, and no sslcert")
    if negotiation is not None and negotiation.value == "direct" and mode not in _OVER_TLS:
        raise ValueError(f"{negotiation.called}=direct needs an sslmode of {_either(_OVER_TLS)}")


def _either(values: tuple[str, ...]) -> str:
    return " or ".join((", ".join(values[:-1]), values[-1])) if len(values) > 1 else values[0]
