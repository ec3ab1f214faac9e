"""The address that the server listens on."""

import errno
import os
import socket
from collections.abc import Iterator

from server.settings.environment import source_of

_BACKLOG = 2048


class CannotListen(Exception):
    """The message names the setting and says what is wrong with its address."""


def check_host(host: str) -> None:
    """Raises CannotListen for what is neither an address nor a name that leads to one."""
    next(_addresses(host, 0), None)


def bind(host: str, port: int) -> list[socket.socket]:
    """A socket for each address of `host`, all on one port; none listens yet. Raises CannotListen.

    `::` takes IPv4 as well. Port 0 is a free one. Addresses of a name that this machine does not have (`localhost` is
    `::1` too) are passed over as long as one is left.
    """
    bound: list[socket.socket] = []
    missing: OSError | None = None
    for family, address in _addresses(host, port):
        if bound:
            address = (address[0], bound[0].getsockname()[1], *address[2:])
        try:
            bound.append(_bind(family, address))
        except OSError as exc:
            if exc.errno not in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
                _close(bound)
                raise _explained(exc, host, port) from None
            missing = exc
    if not bound and missing is not None:
        raise _explained(missing, host, port) from None
    return bound


def listen(sockets: list[socket.socket]) -> None:
    """Let clients connect; they wait until somebody accepts them."""
    for each in sockets:
        each.listen(_BACKLOG)


def url_of(bound: socket.socket) -> str:
    """`http://address:port`, an IPv6 address in brackets (RFC 3986, 3.2.2) and its zone escaped (RFC 6874)."""
    host, port = bound.getsockname()[:2]
    return f"http://{_bracketed(host).replace('%', '%25')}:{port}"


def _addresses(host: str, port: int) -> Iterator[tuple[int, tuple[str, int] | tuple[str, int, int, int]]]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as exc:
        reason = exc.strerror if isinstance(exc, OSError) else "not a name"
        raise CannotListen(f"{source_of('host')}: no address found for {host}: {_hint(host) or reason}") from None
    yield from dict.fromkeys((family, address) for family, _, _, _, address in found)  # type: ignore[misc]


def _hint(host: str) -> str:
    """What stands in it beside the address."""
    if "://" in host or "/" in host:
        return "an address or a name alone is expected, without a scheme and a path"
    if host.startswith("["):
        return "an IPv6 address has no brackets here"
    return f"the port goes into {source_of('port')}" if host.count(":") == 1 else ""


def _bind(family: int, address: tuple[str, int] | tuple[str, int, int, int]) -> socket.socket:
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, address[0] != "::")
        bound.bind(address)
    except BaseException:
        bound.close()
        raise
    return bound


def _close(sockets: list[socket.socket]) -> None:
    for each in sockets:
        each.close()


def _explained(exc: OSError, host: str, port: int) -> CannotListen:
    if exc.errno == errno.EADDRINUSE:
        return CannotListen(f"{source_of('port')}: {_bracketed(host)}:{port} is taken by another process")
    if exc.errno in (errno.EACCES, errno.EPERM):
        return CannotListen(
            f"{source_of('port')}: this user may not listen on port {port}; ports from 1024 up need no privilege"
        )
    if exc.errno in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
        return CannotListen(f"{source_of('host')}: {host} is not an address of this machine")
    return CannotListen(f"{source_of('host')}: can't listen on {host}: {os.strerror(exc.errno or 0)}")


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
