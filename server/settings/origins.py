"""Origins of web pages as the `Origin` header has them: scheme, host, and the port unless it is the usual one."""

import ipaddress
import re
from collections.abc import Sequence

ANY = "*"
_RIGHT = "expected an origin such as https://app.example.org or http://localhost:3000"
_ORIGIN = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*)://(?P<host>\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:(?P<port>\d{1,5}))?/?")
_USUAL_PORTS = {"http": "80", "https": "443"}
_NEVER_SENT = {"ws": "https", "wss": "https", "file": "http", "ftp": "https"}


def parse_origins(words: Sequence[str]) -> tuple[str, ...]:
    """Each as browsers write it, or `*` alone. Raises ValueError, which says the right form, for what none sends."""
    if ANY in words and len(set(words)) > 1:
        raise ValueError("`*` stands alone: it is every origin")
    if ANY in words:
        return (ANY,)
    return tuple(dict.fromkeys(_parse_origin(word, place) for place, word in enumerate(words, start=1)))


def _parse_origin(word: str, place: int) -> str:
    text = word.lower()
    found = _ORIGIN.fullmatch(text)
    if found is None:
        raise ValueError(f"entry {place}: {_complaint(text)}")
    scheme, host, port = found["scheme"], found["host"], found["port"]
    if scheme in _NEVER_SENT:
        raise ValueError(f"entry {place}: no page has an origin with {scheme}://; {_RIGHT}")
    if host.endswith("."):
        raise ValueError(f"entry {place}: the host ends in a dot; {_RIGHT}")
    if host.startswith("["):
        host = _parse_ipv6(host, place)
    if port is None or int(port) == int(_USUAL_PORTS.get(scheme, 0)):
        return f"{scheme}://{host}"
    if not 0 < int(port) < 65536:
        raise ValueError(f"entry {place}: the port must be from 1 to 65535; {_RIGHT}")
    return f"{scheme}://{host}:{int(port)}"


def _parse_ipv6(host: str, place: int) -> str:
    try:
        return f"[{ipaddress.IPv6Address(host[1:-1])}]"
    except ValueError:
        raise ValueError(f"entry {place}: the host is no IPv6 address; {_RIGHT}") from None


def _complaint(text: str) -> str:
    """What is wrong with what is no origin. Shows nothing of it: it may hold a password."""
    rest = text.partition("://")[2]
    if text == "null":
        return f"`null` is the origin of pages that hide theirs, of anyone; {_RIGHT}"
    if not rest:
        return f"the scheme is missing; {_RIGHT}"
    if not text.isascii():
        return f"write the host as browsers send it, in ASCII (xn--…); {_RIGHT}"
    if "*" in text:
        return f"a part of a host can't be `*`: list each origin, or `*` alone for all; {_RIGHT}"
    if "@" in rest:
        return f"an origin has no user or password; {_RIGHT}"
    if "/" in rest or "?" in rest or "#" in rest:
        return f"an origin ends behind its host and port; {_RIGHT}"
    return _RIGHT
