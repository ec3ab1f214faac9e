"""Trusted proxies in the settings: an entry that could never match an address is refused."""

import re

import pytest

from server.settings.trusted_proxies import parse_proxies


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ("", ""),
        ("*", "*"),
        ("10.0.0.7", "10.0.0.7"),
        ("10.0.0.0/8, 192.0.2.1 ::1", "10.0.0.0/8,192.0.2.1,::1"),
        ("[::1]", "::1"),
        ("FD00::/8,", "fd00::/8"),
        ("10.0.0.7/32", "10.0.0.7/32"),
    ],
)
def test_addresses_and_networks_are_taken(text: str, parsed: str) -> None:
    assert parse_proxies(text) == parsed


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("proxy.internal", "proxy.internal is no address and no network"),
        ("localhost", "localhost is no address"),
        ("10.0.0.0/33", "10.0.0.0/33 is no address"),
        ("10.0.0", "10.0.0 is no address"),
        ("10.0.0.7:80", "10.0.0.7:80 is no address"),
        ("10.0.0.7/8", "write 10.0.0.7 or 10.0.0.0/8"),
        ("*, 10.0.0.1", "`*` stands alone"),
        ("10.0.0.1;10.0.0.2", "is no address"),
    ],
)
def test_what_never_matches_an_address_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=re.escape(complaint)):
        parse_proxies(text)
