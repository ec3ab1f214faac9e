"""Where a Postgres is and how it is reached: a URL as libpq reads it, taken apart before anything connects."""

import re
from typing import Any
from urllib.parse import urlencode

import msgspec

from storage.postgres.parameters import CONNECT_TIMEOUT, PGBOUNCER, SENT, SYSTEM, TAKEN, check_parameters
from storage.url_text import Unparsable, check_host, check_port, decode, split_host, split_query

EXPECTED = "postgresql://user:password@host:port/database"
_PORT = 5432

# Neither a reserved character nor one of another part: what is not encoded would be taken for something else.
_URL = re.compile(
    r"postgres(?:ql)?://"
    r"(?:(?P<user>[^@:/?#\[\]]*)(?::(?P<password>[^@/?#\[\]]*))?@)?"
    r"(?P<hosts>[^@/?#]*)(?:/(?P<dbname>[^@/?#]*))?(?:\?(?P<query>[^@?#]*))?"
)


class Address(msgspec.Struct, frozen=True):
    """What is given to the driver. `connect_timeout` in seconds, None where the URL has none."""

    dsn: str
    server_settings: dict[str, str]
    connect_timeout: float | None
    trusts_system: bool
    pgbouncer: bool
    place: str

    def __repr__(self) -> str:
        return f"Address({self.place})"

    def arguments(self) -> dict[str, Any]:
        """Those of `asyncpg.connect`, but for the server's settings."""
        return {"dsn": self.dsn} | ({"ssl": True} if self.trusts_system else {})


def parse_address(url: str) -> Address:
    """Raises ValueError, whose message shows no part of the URL that may be secret."""
    found = _URL.fullmatch(url)
    if found is None:
        raise Unparsable(EXPECTED)
    given = {name: decode(found[name], EXPECTED) for name in ("user", "password", "dbname") if found[name]}
    hosts = [split_host(host, EXPECTED) for host in found["hosts"].split(",")] if found["hosts"] else []
    query = split_query(found["query"] or "", EXPECTED)
    parameters = check_parameters(given | query)
    hosts = _hosts(hosts, parameters.pop("host", ""), parameters.pop("port", ""))
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
    )


def _hosts(hosts: list[tuple[str, int | None]], host: str, port: str) -> list[tuple[str, int | None]]:
    """Those of the query's `host` and `port` in place of the others. Raises Unparsable."""
    if host:
        hosts = [(check_host(each, EXPECTED), None) for each in host.split(",")]
    if not port:
        return hosts
    ports = [check_port(each, EXPECTED) for each in port.split(",")]
    hosts = hosts or [("", None)]
    if len(ports) == 1:
        ports *= len(hosts)
    if len(ports) != len(hosts):
        raise Unparsable(EXPECTED)
    return [(each, number) for (each, _), number in zip(hosts, ports, strict=True)]


def _written(hosts: list[tuple[str, int | None]]) -> dict[str, str]:
    """Without a host, the driver looks for the usual sockets; without a port, for PGPORT."""
    written = {}
    if any(host for host, _ in hosts):
        written["host"] = ",".join(_bracketed(host) for host, _ in hosts)
    if any(port for _, port in hosts):
        written["port"] = ",".join(str(port or _PORT) for _, port in hosts)
    return written


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host and not host.startswith("/") else host
