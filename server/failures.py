"""Failures of a command that its user can mend, in one line each."""

from server.auth.access import Exposed
from server.documents.manifest import InvalidManifest
from server.environment import source_of
from server.listening import CannotListen
from server.settings import InvalidSettings
from storage.errors import InvalidValue, Rejected, StoreError


def explain_failure(exc: Exception) -> str | None:
    """What to tell the user; None for anything else, which is a bug and deserves its traceback.

    What a database says comes behind the variable that names it.
    """
    if not isinstance(exc, InvalidSettings | InvalidManifest | Exposed | CannotListen | StoreError):
        return None
    if not isinstance(exc, StoreError) or isinstance(exc, Rejected | InvalidValue):
        return str(exc)
    return f"{source_of('database_url')}: {exc}"
