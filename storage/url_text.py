"""Parsing the URLs of databases and caches. No message shows a part of a URL, which may be secret."""

import ipaddress
import re
from urllib.parse import unquote

_NO_URL = re.compile(r"[\x00-\x20\x7f]|%(?![0-9A-Fa-f]{2})")
_NAME = re.compile(r"[\w.-]+")


class Unparsable(ValueError):
    """The URL can't be parsed."""

    def __init__(self, expected: str) -> None:
        super().__init__(
            f"the URL can't be parsed: expected {expected}, where reserved characters of a user, password or name"
            " are percent-encoded (@ is %40, : %3A, / %2F, ? %3F, # %23, [ %5B, ] %5D, % %25)"
        )


def decode(text: str, expected: str) -> str:
    """Decode the percent-encoding of a part of a URL. Raises Unparsable if it isn't UTF-8 or has a zero byte."""
    if _NO_URL.search(text):
        raise Unparsable(expected)
    try:
        decoded = unquote(text, errors="strict")
        decoded.encode()
    except UnicodeError:
        raise Unparsable(expected) from None
    if "\0" in decoded:
        raise Unparsable(expected)
    return decoded


def split_query(query: str, expected: str) -> dict[str, str]:
    """The parameters by name. Of a repeated one, the last counts. Raises Unparsable."""
    parameters: dict[str, str] = {}
    for parameter in query.split("&") if query else ():
        name, equals, value = parameter.partition("=")
        if not name or not equals:
            raise Unparsable(expected)
        parameters[decode(name, expected)] = decode(value.replace("+", "%20"), expected)
    return parameters


def split_host(text: str, expected: str) -> tuple[str, int | None]:
    """The host, without the brackets of an IPv6 address, and the port, if there is one. Raises Unparsable."""
    found = re.fullmatch(r"(\[(?P<ipv6>[^]]*)\]|(?P<name>[^:\[\]]+))(:(?P<port>[0-9]{0,5}))?", text)
    if found is None:
        raise Unparsable(expected)
    port = check_port(found["port"], expected) if found["port"] else None
    if found["ipv6"] is None:
        return check_host(decode(found["name"], expected), expected), port
    host = decode(found["ipv6"], expected)
    if ":" not in host:
        raise Unparsable(expected)
    return check_host(host, expected), port


def check_host(host: str, expected: str) -> str:
    """Return a host name, an IP address or a socket's folder. Raises Unparsable for anything else."""
    if host.startswith("/") or _NAME.fullmatch(host):
        return host
    try:
        ipaddress.IPv6Address(host)
    except ValueError:
        raise Unparsable(expected) from None
    return host


def check_port(text: str, expected: str) -> int:
    """The port's number. Raises Unparsable."""
    if not re.fullmatch("[0-9]{1,5}", text) or not 0 < int(text) < 65536:
        raise Unparsable(expected)
    return int(text)
