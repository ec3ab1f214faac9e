"""Addresses that only this machine reaches."""

import ipaddress


def is_loopback(host: str) -> bool:
    """False for names other than `localhost`: who knows where they lead."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"
