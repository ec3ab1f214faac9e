"""The proxies whose word on a caller's address is taken."""

import ipaddress
import re

ANY = "*"


def parse_proxies(text: str) -> str:
    """Addresses and networks parted by commas, or `*`. Raises ValueError, which says the right form."""
    entries = [entry for entry in re.split(r"[\s,]+", text) if entry]
    if ANY in entries and len(entries) > 1:
        raise ValueError("`*` stands alone: it is every proxy")
    return ",".join(entry if entry == ANY else _parse_proxy(entry) for entry in entries)


def _parse_proxy(entry: str) -> str:
    bare = entry.removeprefix("[").removesuffix("]")
    try:
        if "/" not in bare:
            return str(ipaddress.ip_address(bare))
        network = ipaddress.ip_network(bare, strict=False)
    except ValueError:
        raise ValueError(f"{entry} is no address and no network, such as 10.0.0.7 or 10.0.0.0/8") from None
    if ipaddress.ip_interface(bare).ip != network.network_address:
        raise ValueError(f"{entry} is an address within a network: write {bare.partition('/')[0]} or {network}")
    return str(network)
