"""Heads of requests: which are taken, by their version, their host and how their body is framed (RFC 9112)."""

import re

from server.http.host import is_host
from server.runtime.protocol_errors import (
    LARGE_HEAD,
    MOST_HEADERS,
    OTHER_VERSION,
    WRONG_CODING,
    WRONG_HOST,
    WRONG_TARGET,
)

Headers = list[tuple[bytes, bytes]]
"""Names in lower case, values without blanks around them."""

_ABSOLUTE = re.compile(rb"[A-Za-z][A-Za-z0-9+.-]*://([^/?#]*)")
_WHERE = b"host"
_CODING = b"transfer-encoding"


def check_head(version: str, target: bytes, headers: Headers) -> None:
    """Raises ProtocolError for a head that is not taken. The host of an absolute target replaces that of `Host`."""
    if len(headers) > MOST_HEADERS:
        raise LARGE_HEAD
    if version not in ("1.1", "1.0"):
        raise OTHER_VERSION
    names = [name for name, _ in headers]
    if _CODING in names and (version == "1.0" or not _is_chunked_alone(headers)):
        raise WRONG_CODING
    hosts = names.count(_WHERE)
    if hosts > 1 or (hosts == 0 and version == "1.1"):
        raise WRONG_HOST
    if hosts and not is_host(headers[names.index(_WHERE)][1]):
        raise WRONG_HOST
    if b"#" in target:
        raise WRONG_TARGET
    if not target.startswith(b"/"):
        _take_host(target, headers)


def _is_chunked_alone(headers: Headers) -> bool:
    return [value.lower() for name, value in headers if name == _CODING] == [b"chunked"]


def _take_host(target: bytes, headers: Headers) -> None:
    """An absolute target says the host, whatever `Host` says (RFC 9112, 3.2.2)."""
    absolute = _ABSOLUTE.match(target)
    if absolute is None:
        return
    host = absolute[1]
    if not host or not is_host(host):
        raise WRONG_HOST
    headers[:] = [header for header in headers if header[0] != _WHERE]
    headers.append((_WHERE, host))
