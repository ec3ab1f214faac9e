"""The `Host` header: which values are valid, and which name this machine; and the origins of this machine's pages."""

import re
from functools import lru_cache
from urllib.parse import urlsplit

from server.settings.loopback import is_loopback

LOCAL_ORIGIN = r"https?://(localhost|[a-z0-9.-]+\.localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?"
"""A pattern for the whole `Origin` header of a page that a program on this machine serves. Not `null`: a page of any
site can send that from a sandboxed frame."""

_HOST = re.compile(rb"(\[[0-9A-Fa-f:.]+\]|([\w.~!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*)(:[0-9]*)?")
"""`uri-host [ ":" port ]` of RFC 9110 (7.2). It may be empty."""


@lru_cache(maxsize=256)
def is_host(value: bytes) -> bool:
    """Whether this is a valid `Host`: a name or an address, with or without a port."""
    return _HOST.fullmatch(value) is not None


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
