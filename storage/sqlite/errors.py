"""What sqlite3 raises, in the store's words."""

import sqlite3

from storage.errors import (
    DeadlineExceeded,
    InvalidValue,
    Problem,
    ProblemCode,
    Rejected,
    Unavailable,
)

_UNIQUE = "UNIQUE constraint failed: "
_TRANSIENT = {
    "SQLITE_BUSY",
    "SQLITE_LOCKED",
    "SQLITE_CANTOPEN",
    "SQLITE_IOERR",
    "SQLITE_FULL",
    "SQLITE_READONLY",
}


def translate(exc: Exception) -> Exception:
    """The store's error for `exc`, or `exc` itself where there is none."""
    if isinstance(exc, TimeoutError):
        return DeadlineExceeded("the statement took too long")
    if isinstance(exc, sqlite3.IntegrityError):
        return Rejected([_constraint(str(exc))])
    if isinstance(exc, sqlite3.OperationalError):
        name = getattr(exc, "sqlite_errorname", "")
        if name == "SQLITE_INTERRUPT":
            return DeadlineExceeded("the statement took too long")
        if any(name.startswith(transient) for transient in _TRANSIENT):
            return Unavailable(f"SQLite: {exc}")
    if isinstance(exc, (OverflowError, UnicodeEncodeError, sqlite3.DataError)):
        return InvalidValue(str(exc))
    return exc


def _constraint(message: str) -> Problem:
    if message.startswith(_UNIQUE):
        field = message.removeprefix(_UNIQUE).split(", ")[0].rpartition(".")[2]
        return Problem(ProblemCode.CONFLICT, f"this {field} is taken", field)
    if message.startswith("FOREIGN KEY"):
        return Problem(ProblemCode.CONFLICT, "another row refers to it, or the row it refers to is gone")
    return Problem(ProblemCode.VALIDATION, f"the database refuses it: {message}")
