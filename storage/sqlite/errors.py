"""Errors of sqlite3, translated into the store's."""

import errno
import os
import sqlite3
from contextlib import ExitStack

from storage.errors import (
    DeadlineExceeded,
    InvalidValue,
    Misconfigured,
    Occupied,
    Problem,
    ProblemCode,
    Rejected,
    Unavailable,
    UnknownColumn,
)

_UNIQUE = "UNIQUE constraint failed: "
_UNUSABLE = (
    "SQLITE_BUSY",
    "SQLITE_LOCKED",
    "SQLITE_CANTOPEN",
    "SQLITE_IOERR",
    "SQLITE_FULL",
    "SQLITE_READONLY",
    "SQLITE_NOTADB",
    "SQLITE_CORRUPT",
    "SQLITE_PERM",
    "SQLITE_PROTOCOL",
    "SQLITE_NOLFS",
)
_NO_ROOM = (
    "SQLITE_FULL",
    "SQLITE_IOERR_SHMSIZE",
)  # the second: for the index of the log
_DESCRIPTORS = 3  # of a connection, and one that is open for a moment
# The texts of aiosqlite's ValueError and sqlite3's ProgrammingError.
_CLOSED = ("Connection closed", "no active connection", "Cannot operate on a closed database.")


def translate(exc: Exception) -> Exception:
    """The store's error for `exc`, or `exc` itself if there is none."""
    if isinstance(exc, TimeoutError):
        return DeadlineExceeded("the statement took too long")
    if isinstance(exc, sqlite3.IntegrityError):
        return Rejected([_constraint(str(exc))])
    if isinstance(exc, (OverflowError, UnicodeEncodeError, sqlite3.DataError)):
        return InvalidValue(str(exc))
    if isinstance(exc, (ValueError, sqlite3.ProgrammingError)) and str(exc) in _CLOSED:
        return Unavailable("SQLite: the database is closed")
    name = getattr(exc, "sqlite_errorname", "")
    if name == "SQLITE_INTERRUPT":
        return DeadlineExceeded("the statement took too long")
    if name.startswith("SQLITE_CANTOPEN") and _lacks_descriptors():
        return Unavailable("SQLite: no file descriptors are left: raise the limit of open files (ulimit -n)")
    if name in _NO_ROOM:
        return Unavailable("SQLite: no room is left on the file system; even to read needs some, for -wal and -shm")
    if name.startswith(_UNUSABLE):
        return Unavailable(f"SQLite: {exc}")
    if isinstance(exc, sqlite3.OperationalError):
        return _of_tables(str(exc)) or exc
    return exc


def _lacks_descriptors() -> bool:
    """Whether too few descriptors are left for a connection with its log and index: SQLite doesn't say so."""
    with ExitStack() as stack:
        try:
            for _ in range(_DESCRIPTORS):
                stack.callback(os.close, os.open(os.devnull, os.O_RDONLY))
        except OSError as exc:
            return exc.errno in (errno.EMFILE, errno.ENFILE)
    return False


def _of_tables(message: str) -> Exception | None:
    """SQLite has one code for everything that is wrong with a statement: only its text distinguishes them."""
    if message.endswith("already exists"):
        return Occupied(f"SQLite: {message}")
    if "no such column" in message or "has no column" in message:
        return UnknownColumn(f"SQLite: {message}")
    if message.startswith(("no such", "cannot modify")):
        return Misconfigured(f"SQLite: {message}")
    return None


def is_busy(exc: BaseException | None) -> bool:
    """Whether another process holds the lock."""
    return getattr(exc, "sqlite_errorname", "").startswith("SQLITE_BUSY")


def _constraint(message: str) -> Problem:
    if message.startswith(_UNIQUE):
        field = message.removeprefix(_UNIQUE).split(", ")[0].rpartition(".")[2]
        return Problem(ProblemCode.CONFLICT, f"this {field} is taken", field)
    if message.startswith("FOREIGN KEY"):
        return Problem(ProblemCode.CONFLICT, "another row refers to it, or the row it refers to is gone")
    return Problem(ProblemCode.VALIDATION, f"the database refuses it: {message}")
