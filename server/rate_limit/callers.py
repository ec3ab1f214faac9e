"""Whose bucket a request is taken from: its token's, or without one its address's."""

import ipaddress

from schema.viewer import Viewer
from server.rate_limit.bucket import Bucket
from server.security_settings import SecuritySettings

PUBLIC_RATE = 60_000


class Callers:
    """`public` and `token` are costs a minute; 0 sets no limit."""

    def __init__(self, *, public: int, token: int) -> None:
        self._public = public
        self._token = token

    def bucket(self, viewer: Viewer, address: str) -> Bucket | None:
        """The bucket, or None where there is no limit."""
        if viewer.is_public:
            return self.address_bucket(address)
        return Bucket(f"token:{viewer.name}", self._token, "token") if self._token else None

    def address_bucket(self, address: str) -> Bucket | None:
        """The bucket of an address, or None where there is no limit."""
        return Bucket(f"address:{network_of(address)}", self._public, "address") if self._public else None


def build_callers(settings: SecuritySettings) -> Callers:
    """The settings' limits; an open demonstration has none unless they say so."""
    public = settings.rate_limit
    if public is None:
        public = 0 if settings.is_undecided else PUBLIC_RATE
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
