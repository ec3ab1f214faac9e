"""Failures of a command that its user can mend, in one line each."""

from server.auth.access import Exposed
from server.cli.input_file import InputFailed
from server.observability.metrics_folder import NoTemporaryFolder
from server.persisted.manifest import InvalidManifest
from server.redis_links import RedisRefuses
from server.runtime.file_descriptors import TooFewDescriptors
from server.runtime.sockets import CannotListen
from server.settings.environment import source_of
from server.settings.settings import InvalidSettings
from storage.errors import InvalidValue, Rejected, StoreError

_KNOWN = (
    InvalidSettings,
    InvalidManifest,
    Exposed,
    CannotListen,
    InputFailed,
    NoTemporaryFolder,
    RedisRefuses,
    TooFewDescriptors,
    StoreError,
)


def explain_failure(exc: Exception) -> str | None:
    """What to tell the user; None for anything else, which is a bug and deserves its traceback.

    What a database says comes behind the variable that names it.
    """
    if not isinstance(exc, _KNOWN):
        return None
    if not isinstance(exc, StoreError) or isinstance(exc, Rejected | InvalidValue):
        return str(exc)
    return f"{source_of('database_url')}: {exc}"
