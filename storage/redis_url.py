"""The URL of a Redis, checked before a connection is made."""

import re

from storage.named_file import is_readable
from storage.tls_files import TlsFile, TlsFiles, missing
from storage.url_text import Unparsable, check_host, decode, split_host, split_query

_URL = re.compile(
    r"(?P<scheme>rediss?|unix)://"
    r"(?:(?P<user>[^@:/?#\[\]]*)(?::(?P<password>[^@/?#\[\]]*))?@)?"
    r"(?P<host>[^@/?#]*)(?P<path>/[^@?#]*)?(?:\?(?P<query>[^@?#]*))?"
)
_TRUSTED, _CERTIFICATE, _KEY = _FILES = ("ssl_ca_certs", "ssl_certfile", "ssl_keyfile")
_CHOICES = {
    "ssl_cert_reqs": ("required", "optional", "none"),
    "ssl_check_hostname": ("true", "false", "yes", "no", "1", "0"),
}


def check_redis_url(url: str, *, besides: str) -> None:
    """Raises ValueError for a URL that redis-py can't use. The message shows no part that may be secret.

    `besides` lists the words that are allowed instead of a URL, for the message.
    """
    expected = f"{besides} or redis://user:password@host:port/number"
    found = _URL.fullmatch(url)
    if found is None:
        raise Unparsable(expected)
    for part in ("user", "password"):
        decode(found[part] or "", expected)
    path = decode(found["path"] or "", expected)
    if found["scheme"] == "unix":
        if found["host"] or path in ("", "/"):
            raise ValueError("expected unix:///path/to/socket, with ?db=number for a database other than 0")
    else:
        check_host(split_host(found["host"], expected)[0], expected)
        if not re.fullmatch(r"/?|/[0-9]{1,9}", path):
            raise ValueError("expected the number of a database behind the host, as in redis://host:6379/0")
    parameters = split_query(found["query"] or "", expected)
    for name, value in parameters.items():
        _check_parameter(name, value, has_tls=found["scheme"] == "rediss")
    if _KEY in parameters and _CERTIFICATE not in parameters:
        raise ValueError(f"its parameter {_KEY} needs {_CERTIFICATE}")


def tls_files(url: str) -> TlsFiles:
    """The files that the parameters of a checked URL name."""
    parameters = split_query(url.partition("?")[2], "a checked URL")
    files = {name: TlsFile(parameters[name], f"its parameter {name}") for name in _FILES if name in parameters}
    trusted = [files[_TRUSTED]] if _TRUSTED in files else []
    return TlsFiles(trusted, files.get(_CERTIFICATE), files.get(_KEY))


def _check_parameter(name: str, value: str, *, has_tls: bool) -> None:
    if name == "db":
        if not re.fullmatch("[0-9]{1,9}", value):
            raise ValueError("its parameter db must be the number of a database")
        return
    if name not in (*_FILES, *_CHOICES):
        shown = f"its parameter {name}" if re.fullmatch(r"\w{1,40}", name) else "one of its parameters"
        raise ValueError(f"{shown} is not known: there are db, {', '.join(_FILES)} and {' and '.join(_CHOICES)}")
    if not has_tls:
        raise ValueError(f"its parameter {name} goes with rediss://, which is Redis over TLS")
    if name in _CHOICES and value.lower() not in _CHOICES[name]:
        raise ValueError(f"its parameter {name} must be one of {', '.join(_CHOICES[name])}")
    if name in _FILES and not is_readable(value):
        raise ValueError(missing(TlsFile(value, f"its parameter {name}")))
