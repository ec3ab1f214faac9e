"""The files of TLS that the driver reads: those of the parameters, and otherwise those of ~/.postgresql."""

import os
from collections.abc import Mapping

from storage.named_file import is_readable
from storage.postgres.environment import Parameter
from storage.tls_files import TlsFile, TlsFiles

FILES = ("sslcert", "sslkey", "sslrootcert", "sslcrl")
"""The parameters that name a file."""
_PASSWORD = "sslpassword"
_IN_HOME = {
    "sslrootcert": "~/.postgresql/root.crt",
    "sslcrl": "~/.postgresql/root.crl",
    "sslcert": "~/.postgresql/postgresql.crt",
    "sslkey": "~/.postgresql/postgresql.key",
}


def find_fault(parameters: Mapping[str, Parameter]) -> str | None:
    """What is wrong with one of the files, naming it; None if there is nothing."""
    files = {name: TlsFile(each.value, each.called) for name, each in parameters.items() if name in FILES}
    for name, shown in _IN_HOME.items():
        path = os.path.expanduser(shown)
        if name in files or not _may_be_there(path):
            continue
        if not is_readable(path):
            return (
                f"this process may not read {path}, where Postgres' clients look for certificates:"
                f" set HOME to the home folder of its user, or {name}"
            )
        files[name] = TlsFile(path, f"as {name} is not given")
    trusted = [files[name] for name in ("sslrootcert", "sslcrl") if name in files]
    password = parameters[_PASSWORD].value if _PASSWORD in parameters else ""
    return TlsFiles(trusted, files.get("sslcert"), files.get("sslkey"), password).find_fault()


def _may_be_there(path: str) -> bool:
    """Whether there is something at the path, or this process may not look."""
    try:
        os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True
