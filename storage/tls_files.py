"""The files that a URL names for TLS, and which of them is wrong: OpenSSL itself names none."""

import ssl
from collections.abc import Sequence
from typing import NamedTuple

from storage.named_file import is_readable


class TlsFile(NamedTuple):
    """A file, and what messages call the parameter that names it."""

    path: str
    called: str


class TlsFiles(NamedTuple):
    """What a connection is given. The certificate's file may hold the key too; `trusted` are certificates or lists of
    revoked ones, all in PEM.
    """

    trusted: Sequence[TlsFile] = ()
    certificate: TlsFile | None = None
    key: TlsFile | None = None
    password: str = ""

    def find_fault(self) -> str | None:
        """What is wrong with one of them, naming it; None if OpenSSL takes them all."""
        for file in (*self.trusted, self.certificate, self.key):
            if file is not None and not is_readable(file.path):
                return missing(file)
        for file in self.trusted:
            if not _holds_certificates(file):
                return f"{file.called}: the file {file.path} holds no certificate or revocation list in PEM"
        if self.certificate is None:
            return None
        if not _holds_certificates(self.certificate):
            return f"{self.certificate.called}: the file {self.certificate.path} holds no certificate in PEM"
        return self._find_fault_of_key(self.certificate)

    def _find_fault_of_key(self, certificate: TlsFile) -> str | None:
        key = self.key or certificate
        try:
            _context().load_cert_chain(certificate.path, key.path, lambda: self.password)
        except (OSError, ValueError):  # ValueError: a password that is too long
            return f"{key.called}: the file {key.path} holds no key in PEM that belongs to the certificate" + (
                " and opens with the password" if self.password else ""
            )
        return None


def missing(file: TlsFile) -> str:
    """What is said of a file that is not there, or that this process may not read."""
    return f"{file.called}: there is no file {file.path} that can be read"


def _holds_certificates(file: TlsFile) -> bool:
    try:
        _context().load_verify_locations(file.path)
    except OSError:
        return False
    return True


def _context() -> ssl.SSLContext:
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
