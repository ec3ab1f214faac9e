"""Whose bucket a request is taken from: its token's, or without one its address's."""

import ipaddress
from hashlib import sha256

from schema.viewer import Viewer
from server.rate_limit.bucket import Bucket
from server.settings.security import SecuritySettings

PUBLIC_RATE = 60_000
_LONGEST = 64
"""Characters of an address: a proxy may pass on whatever its client called itself."""


class Callers:
    """`public` and `token` are costs a minute; 0 sets no limit."""

    def __init__(self, *, public: int, token: int) -> None:
        self._public = public
        self._token = token

    def bucket(self, viewer: Viewer, address: str) -> Bucket | None:
        """The bucket, or None where there is no limit."""
        if viewer.is_public:
            return self.address_bucket(address)
        return Bucket(viewer.caller, self._token, "token") if self._token else None

    def address_bucket(self, address: str) -> Bucket | None:
        """The bucket of an address, or None where there is no limit."""
        if not self._public:
            return None
        network = network_of(address)
        if len(network) > _LONGEST:
            network = sha256(network.encode(errors="surrogatepass")).hexdigest()
        return Bucket(f"address:{network}", self._public, "address")


def build_callers(settings: SecuritySettings) -> Callers:
    """The settings' limits; an open demonstration has none unless they say so."""
    public = settings.rate_limit
    if public is None:
        public = 0 if settings.demonstration else PUBLIC_RATE
    return Callers(public=public, token=settings.token_rate_limit)


def network_of(address: str) -> str:
    """The address; of IPv6 its /64, since one customer has all of that."""
    if ":" not in address:
        return address
    try:
        parsed = ipaddress.IPv6Address(address.partition("%")[0])
    except ValueError:
        return address
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.IPv6Network((parsed, 64), strict=False))
