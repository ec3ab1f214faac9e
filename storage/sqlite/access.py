"""Checks that this process may write a SQLite file, before SQLite finds out at the first write."""

import os
from pathlib import Path

from storage.errors import Unavailable


def check_access(path: Path) -> None:
    """Raises Unavailable if this process may not write the file, its log or the log's index.

    SQLite would open a file that it can't write, and would create the log with the same mode.
    """
    if _is_forbidden(path):
        raise Unavailable("this process may not read and write it")
    beside = [path.with_name(path.name + suffix) for suffix in ("-wal", "-shm")]
    if os.path.isdir(path.parent) and not (os.access(path.parent, os.W_OK) or all(map(os.path.exists, beside))):
        raise Unavailable(f"this process may not write into {path.parent}")
    if names := " and ".join(each.name for each in beside if _is_forbidden(each)):
        raise Unavailable(
            f"this process may not read and write {names} beside it: give each the owner and mode of {path.name}"
        )


def _is_forbidden(path: Path) -> bool:
    return os.path.isfile(path) and not os.access(path, os.R_OK | os.W_OK)
