"""Where an issuer publishes its keys."""

from urllib.parse import urlsplit

from server.settings.loopback import is_loopback

_EXPECTED = "expected https://issuer.example/path/to/jwks.json, or http:// on this machine"


def check_jwks_url(text: str) -> None:
    """Raises ValueError, which shows nothing of the URL, for what no keys can be fetched from."""
    if not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError(f"blanks and other than ASCII characters must be percent-encoded; {_EXPECTED}")
    try:
        url = urlsplit(text)
        host, _ = url.hostname, url.port
    except ValueError:
        raise ValueError(_EXPECTED) from None
    if url.username is not None or url.password is not None:
        raise ValueError(f"a user or password in it is not sent; {_EXPECTED}")
    if not host or url.fragment or not (url.scheme == "https" or (url.scheme == "http" and is_loopback(host))):
        raise ValueError(_EXPECTED)
