"""Addresses that only this machine reaches."""

import ipaddress
from functools import lru_cache
from urllib.parse import urlsplit

from server.runtime.request_head import is_host

LOCAL_ORIGIN = r"https?://(localhost|[a-z0-9.-]+\.localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?"
"""Origins of pages that a program on this machine serves: a pattern for the whole `Origin` header. Not `null`: a page
of any site can send that from a sandboxed frame."""


def is_loopback(host: str) -> bool:
    """False for names other than `localhost`: they can lead anywhere."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


@lru_cache(maxsize=256)
def is_loopback_name(host: str) -> bool:
    """Whether a `Host` header names loopback: `localhost`, a name below it, or a loopback address, with any port."""
    if not is_host(host.encode()):
        return False
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    return is_loopback(name) or name.endswith(".localhost")
