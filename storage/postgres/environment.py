"""The parameters that libpq adds to those of a URL: from a service file and from environment variables."""

import configparser
import os
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from storage.named_file import is_readable, read_file

VARIABLES = {
    **{name: f"PG{name.upper()}" for name in ("host", "hostaddr", "port", "user", "password", "passfile", "service")},
    **{name: f"PG{name.upper()}" for name in ("options", "sslmode", "sslnegotiation", "sslcompression", "sslcert")},
    **{name: f"PG{name.upper()}" for name in ("sslkey", "sslcertmode", "sslrootcert", "sslcrl", "sslcrldir", "sslsni")},
    **{name: f"PG{name.upper()}" for name in ("gssencmode", "gsslib", "gssdelegation", "krbsrvname", "requirepeer")},
    **{name: f"PG{name.upper()}" for name in ("requiressl", "connect_timeout")},
    "dbname": "PGDATABASE",
    "require_auth": "PGREQUIREAUTH",
    "channel_binding": "PGCHANNELBINDING",
    "application_name": "PGAPPNAME",
    "client_encoding": "PGCLIENTENCODING",
    "ssl_min_protocol_version": "PGSSLMINPROTOCOLVERSION",
    "ssl_max_protocol_version": "PGSSLMAXPROTOCOLVERSION",
    "target_session_attrs": "PGTARGETSESSIONATTRS",
    "load_balance_hosts": "PGLOADBALANCEHOSTS",
    "min_protocol_version": "PGMINPROTOCOLVERSION",
    "max_protocol_version": "PGMAXPROTOCOLVERSION",
}
"""The variable that sets a parameter, by parameter: https://www.postgresql.org/docs/current/libpq-envars.html"""

# libpq takes these defaults for an empty variable; the driver would refuse it.
_OF_EMPTY = {"sslmode": "prefer", "sslnegotiation": "postgres", "target_session_attrs": "any", "gsslib": "gssapi"}
_FILE = "~/.pg_service.conf"
_MOST = 1_000_000
"""The most bytes of a service file."""


class Parameter(NamedTuple):
    """A value, and the description of the parameter in messages."""

    value: str
    called: str
    is_in_url: bool = False


def in_url(parameters: Mapping[str, str]) -> dict[str, Parameter]:
    """The parameters of the URL."""
    return {name: Parameter(value, f"its parameter {name}", is_in_url=True) for name, value in parameters.items()}


def complete(given: dict[str, Parameter]) -> dict[str, Parameter]:
    """Add the parameters of the service that the URL or PGSERVICE names, and then those of the environment.

    Raises ValueError if the service isn't defined.
    """
    environment = dict(_read_environment())
    service = given.get("service") or environment.get("service")
    defined = {} if service is None else _read_service(service)
    return {name: each for name, each in (environment | defined | given).items() if name != "service"}


def _read_environment() -> Iterator[tuple[str, Parameter]]:
    for name, variable in VARIABLES.items():
        value = os.environ.get(variable)
        if value is not None and (value or name in _OF_EMPTY):
            yield name, Parameter(value or _OF_EMPTY[name], variable)


def _read_service(service: Parameter) -> dict[str, Parameter]:
    """Raises ValueError if the file doesn't define the service: without it, we would use another database."""
    file = os.environ.get("PGSERVICEFILE") or os.path.expanduser(_FILE)
    if not is_readable(file):
        raise ValueError(f"{service.called}: there is no service file {file} that can be read (see PGSERVICEFILE)")
    services = configparser.ConfigParser(
        default_section="", delimiters=("=",), comment_prefixes=("#",), interpolation=None, strict=False
    )
    try:
        services.read_string(read_file(file, most=_MOST).decode())
    except (configparser.Error, ValueError, OSError):
        raise ValueError(f"{service.called}: the file {file} is not a service file") from None
    if service.value not in services.sections():
        raise ValueError(f"{service.called}: the file {file} defines no such service (see PGSERVICEFILE)")
    defined = services[service.value].items()
    return {name: Parameter(value, f"{name} of the service in {file}") for name, value in defined if value}
