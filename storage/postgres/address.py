"""The address of a Postgres: a URL, completed as libpq does it and checked before a connection is made."""

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import urlencode

import msgspec

from storage.postgres.environment import Parameter, complete, in_url
from storage.postgres.parameters import CONNECT_TIMEOUT, PGBOUNCER, SENT, SYSTEM, TAKEN, check_parameters, spelled
from storage.url_text import Unparsable, check_host, check_port, decode, split_host, split_query

EXPECTED = "postgresql://user:password@host:port/database"
_PORT = 5432

Value = TypeVar("Value")

# Each part has no reserved character, since one that isn't encoded could belong to another part.
_URL = re.compile(
    r"postgres(?:ql)?://"
    r"(?:(?P<user>[^@:/?#\[\]]*)(?::(?P<password>[^@/?#\[\]]*))?@)?"
    r"(?P<hosts>[^@/?#]*)(?:/(?P<dbname>[^@/?#]*))?(?:\?(?P<query>[^@?#]*))?"
)


class Address(msgspec.Struct, frozen=True):
    """The parameters for the driver. `connect_timeout` is in seconds, or None.

    `called` has a description of each parameter for messages, since it may come from the URL, a service or a variable.
    `tls` has the parameters that name files for TLS, and the password of the key. `is_local` says whether every host is
    a socket.
    """

    dsn: str
    server_settings: dict[str, str]
    connect_timeout: float | None
    trusts_system: bool
    pgbouncer: bool
    place: str
    called: Mapping[str, str]
    tls: Mapping[str, Parameter]
    is_local: bool

    def __repr__(self) -> str:
        return f"Address({self.place})"

    def arguments(self) -> dict[str, Any]:
        """The arguments of `asyncpg.connect`, without the server's settings."""
        return {"dsn": self.dsn} | ({"ssl": True} if self.trusts_system else {})


def parse_address(url: str) -> Address:
    """Raises ValueError. Its message shows no part of the URL that may be secret."""
    found = _URL.fullmatch(url)
    if found is None:
        raise Unparsable(EXPECTED)
    given = {name: decode(found[name], EXPECTED) for name in ("user", "password", "dbname") if found[name]}
    hosts = [split_host(host, EXPECTED) for host in found["hosts"].split(",")] if found["hosts"] else []
    query = split_query(found["query"] or "", EXPECTED)
    named = complete(in_url(spelled(_listed(hosts) | given | query)))
    hosts = _hosts(named.get("host"), named.get("port"))
    parameters = check_parameters({name: each for name, each in named.items() if name not in ("host", "port")})
    taken = {name: value for name, value in parameters.items() if name in TAKEN}
    if taken.get("sslrootcert") == SYSTEM:
        taken = {name: value for name, value in taken.items() if name not in ("sslrootcert", "sslmode")}
    seconds = int(parameters.get(CONNECT_TIMEOUT, "0"))
    return Address(
        dsn=f"postgresql://?{urlencode(taken | _written(hosts))}",
        server_settings={name: value for name, value in parameters.items() if name in SENT},
        connect_timeout=float(seconds) if seconds > 0 else None,
        trusts_system=parameters.get("sslrootcert") == SYSTEM,
        pgbouncer=parameters.get(PGBOUNCER) == "true",
        place=", ".join(f"{_bracketed(host)}:{port}" if port else _bracketed(host) for host, port in hosts),
        called={name: each.called for name, each in named.items()},
        tls={name: each for name, each in named.items() if name.startswith("ssl") and each.value != SYSTEM},
        is_local=all(host.startswith("/") for host, _ in hosts),
    )


def _listed(hosts: list[tuple[str, int | None]]) -> dict[str, str]:
    """The hosts and ports as libpq's parameters. A missing port is empty if others are given."""
    listed = {"host": ",".join(host for host, _ in hosts)}
    if any(port for _, port in hosts):
        listed["port"] = ",".join(str(port or "") for _, port in hosts)
    return listed


def _hosts(host: Parameter | None, port: Parameter | None) -> list[tuple[str, int | None]]:
    """Each host with its port; a missing host is "". Raises ValueError."""
    hosts = [""] if host is None else _each(host, check_host, "hosts: names, addresses or a socket's folder")
    ports = [None] if port is None else _each(port, _port, "the numbers of ports, one or one for each host")
    if len(ports) == 1:
        ports *= len(hosts)
    if port is not None and len(ports) != len(hosts):
        raise _wrong(port, "the numbers of ports, one or one for each host")
    return list(zip(hosts, ports, strict=True))


def _port(text: str, expected: str) -> int | None:
    return check_port(text.strip(), expected) if text else None


def _each(given: Parameter, check: Callable[[str, str], Value], expected: str) -> list[Value]:
    try:
        return [check(each, EXPECTED) for each in given.value.split(",")]
    except Unparsable:
        raise _wrong(given, expected) from None


def _wrong(given: Parameter, expected: str) -> ValueError:
    return Unparsable(EXPECTED) if given.is_in_url else ValueError(f"{given.called} must be {expected}")


def _written(hosts: list[tuple[str, int | None]]) -> dict[str, str]:
    """Parameters for the driver. Without a host it tries the usual sockets, and without a port it uses PGPORT."""
    written = {}
    if any(host for host, _ in hosts):
        written["host"] = ",".join(_bracketed(host) for host, _ in hosts)
    if any(port for _, port in hosts):
        written["port"] = ",".join(str(port or _PORT) for _, port in hosts)
    return written


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host and not host.startswith("/") else host
