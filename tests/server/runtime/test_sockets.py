"""The address that a server listens on, and how it is written."""

import os
import signal
import socket
from collections.abc import Iterator
from contextlib import closing

import httpx
import pytest

from server.runtime.sockets import CannotListen, bind, listen, url_of
from tests.server.process import environment, run_freehold, serving


@pytest.fixture(scope="module", autouse=True)
def _ipv6() -> None:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        pytest.skip("this machine has no IPv6")


@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize("host", ["::1", "[::1]"])
def test_the_greeting_of_an_ipv6_address_can_be_opened(sqlite_url: str, host: str, workers: str) -> None:
    with serving(sqlite_url, FREEHOLD_HOST=host, FREEHOLD_WORKERS=workers) as server:
        assert server.url.startswith("http://[::1]:")
        assert httpx.post(server.url, json={"query": "{ currency }"}, timeout=20).is_success
        assert server.stop(signal.SIGTERM) == 0
        assert server.process.stdout is not None
        assert f"curl -s {server.url} " in server.process.stdout.read()


@pytest.mark.parametrize("workers", ["1", "2"])
def test_the_ipv6_wildcard_takes_ipv4_as_well(sqlite_url: str, workers: str) -> None:
    with serving(sqlite_url, FREEHOLD_HOST="::", FREEHOLD_WORKERS=workers, FREEHOLD_PUBLIC="read") as server:
        assert server.url.startswith("http://[::]:")
        for address in ("[::1]", "127.0.0.1"):
            url = server.url.replace("[::]", address)
            assert httpx.post(url, json={"query": "{ currency }"}, timeout=20).is_success


def test_a_name_listens_on_all_of_its_addresses_at_one_port() -> None:
    sockets = bind("localhost", 0)
    listen(sockets)
    port = sockets[0].getsockname()[1]
    for each in sockets:
        host, its_port = each.getsockname()[:2]
        assert its_port == port
        socket.create_connection((host, port), timeout=5).close()
        each.close()


class Bound:
    """A socket that says where it is bound."""

    def __init__(self, *name: object) -> None:
        self._name = name

    def getsockname(self) -> tuple[object, ...]:
        return self._name


def test_the_zone_of_an_address_is_escaped_in_a_url() -> None:
    assert url_of(Bound("fe80::1%eth0", 8000, 0, 2)) == "http://[fe80::1%25eth0]:8000"  # type: ignore[arg-type]
    assert url_of(Bound("127.0.0.1", 8000)) == "http://127.0.0.1:8000"  # type: ignore[arg-type]


@pytest.fixture
def taken() -> Iterator[int]:
    """A port of ::1 on which another process listens."""
    with closing(socket.create_server(("::1", 0), family=socket.AF_INET6)) as other:
        yield other.getsockname()[1]


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_taken_port_is_one_line_that_names_it(sqlite_url: str, taken: int, workers: str) -> None:
    env = environment(FREEHOLD_DATABASE_URL=sqlite_url, FREEHOLD_WORKERS=workers)
    ended = run_freehold("serve", "--host", "::1", "--port", str(taken), env=env)
    assert ended.returncode == 1
    assert ended.stderr == f"Error: FREEHOLD_PORT: [::1]:{taken} is taken by another process\n"
    assert ended.stdout == ""


@pytest.mark.parametrize(
    ("host", "message"),
    [
        ("no.such.host.invalid", "FREEHOLD_HOST: no address found for no.such.host.invalid: "),
        ("192.0.2.1", "FREEHOLD_HOST: 192.0.2.1 is not an address of this machine"),
        ("a" * 64, f"FREEHOLD_HOST: no address found for {'a' * 64}: not a name"),
        ("http://127.0.0.1", "FREEHOLD_HOST: no address found for http://127.0.0.1: an address or a name alone"),
        ("127.0.0.1:80", "FREEHOLD_HOST: no address found for 127.0.0.1:80: the port goes into FREEHOLD_PORT"),
        ("[::1]", "FREEHOLD_HOST: no address found for [::1]: an IPv6 address has no brackets here"),
    ],
)
def test_an_address_that_is_not_here_is_named(host: str, message: str) -> None:
    with pytest.raises(CannotListen) as raised:
        bind(host, 0)
    assert str(raised.value).startswith(message)


def test_a_privileged_port_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: socket.socket, address: object) -> None:
        raise PermissionError(13, os.strerror(13))

    monkeypatch.setattr(socket.socket, "bind", refuse)
    with pytest.raises(CannotListen, match=r"^FREEHOLD_PORT: this user may not listen on port 80; ports from 1024 up"):
        bind("127.0.0.1", 80)
