"""The `Host` header: which values are valid, and which name this machine; and the origins of this machine's pages."""

import re
from functools import lru_cache
from ipaddress import IPv6Address
from urllib.parse import urlsplit

from server.settings.loopback import is_loopback

LOCAL_ORIGIN = r"https?://(localhost|[a-z0-9.-]+\.localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?"
"""A pattern for the whole `Origin` header of a page that a program on this machine serves. Not `null`: a page of any
site can send that from a sandboxed frame."""

_HOST = re.compile(
    r"(?:\[(?P<ipv6>[0-9a-fA-F:.]+)\]|[a-zA-Z0-9_~-]+(?:\.[a-zA-Z0-9_~-]+)*\.?)(?::(?P<port>[0-9]{0,5}))?"
)
"""`uri-host [ ":" port ]` of RFC 9110 (7.2), of names that a DNS can have. It is never empty (4.2.1)."""
_MOST_PORTS = 65535


@lru_cache(maxsize=256)
def is_host(value: bytes) -> bool:
    """Whether this is a valid `Host`: a name or an address, with or without a port."""
    found = _HOST.fullmatch(value.decode("latin-1"))
    return found is not None and int(found["port"] or 0) <= _MOST_PORTS and _is_ipv6(found["ipv6"] or "::")


def _is_ipv6(text: str) -> bool:
    try:
        IPv6Address(text)
    except ValueError:
        return False
    return True


@lru_cache(maxsize=256)
def is_loopback_host(host: str) -> bool:
    """Whether a `Host` names this machine: `localhost`, a name below it, or a loopback address, with any port."""
    if not is_host(host.encode()):
        return False
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    return is_loopback(name) or name.endswith(".localhost")
