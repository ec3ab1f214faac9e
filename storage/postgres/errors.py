"""Errors of asyncpg, translated into the store's."""

import re

import asyncpg

from storage.errors import (
    DeadlineExceeded,
    InvalidValue,
    Misconfigured,
    Occupied,
    Problem,
    ProblemCode,
    Rejected,
    StoreError,
    Unavailable,
    UnknownColumn,
)

_UNAVAILABLE = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.InsufficientResourcesError,
    asyncpg.OperatorInterventionError,
    asyncpg.TransactionRollbackError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.PostgresSystemError,
    asyncpg.InternalServerError,
    # Another instance has migrated. The next call makes a new plan.
    asyncpg.InvalidCachedStatementError,
    OSError,
)
# Timeouts that the operator has set for the role or the database.
_LATE = (
    TimeoutError,
    asyncpg.QueryCanceledError,
    asyncpg.LockNotAvailableError,
    asyncpg.TransactionTimeoutError,
)
_OCCUPIED = (
    asyncpg.DuplicateTableError,
    asyncpg.DuplicateObjectError,
    asyncpg.DuplicateFunctionError,
    asyncpg.DuplicateSchemaError,
)
# Rights or tables changed since the migrations, and errors of the operator's own triggers or policies.
_MISCONFIGURED = (
    asyncpg.SyntaxOrAccessError,
    asyncpg.InvalidSchemaNameError,
    asyncpg.FeatureNotSupportedError,
    asyncpg.ObjectNotInPrerequisiteStateError,
    asyncpg.PLPGSQLError,
    asyncpg.WithCheckOptionViolationError,
)
_PREPARED_ELSEWHERE = (asyncpg.InvalidSQLStatementNameError, asyncpg.DuplicatePreparedStatementError)
_LOST_WORDS = re.compile("another operation|is clos|was closed")
LOST = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)
"""Errors of rolling back on a lost connection."""

_NOT_PRIMARY = (
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
)


def says_not_primary(exc: BaseException) -> bool:
    """Whether the server says that it takes no writes or is shutting down: then another may be at its address."""
    return isinstance(exc.__cause__, _NOT_PRIMARY) or isinstance(exc, _NOT_PRIMARY)


def translate(exc: Exception) -> Exception:
    """The store's error for `exc`, or `exc` itself if there is none."""
    if isinstance(exc, StoreError):
        return exc
    if isinstance(exc, _LATE):
        return DeadlineExceeded("the statement took too long")
    if isinstance(exc, asyncpg.IntegrityConstraintViolationError):
        return Rejected([_constraint(exc)])
    if isinstance(exc, (asyncpg.DataError, UnicodeEncodeError)) or _is_unencodable(exc):
        return InvalidValue(str(exc))
    if _is_lost(exc):
        return Unavailable("Postgres: the connection was lost")
    if isinstance(exc, _UNAVAILABLE):
        return Unavailable(f"Postgres: {_said(exc)}")
    if isinstance(exc, _PREPARED_ELSEWHERE):
        return Misconfigured(
            f"Postgres: {_said(exc)}: behind a pooler that shares sessions set FREEHOLD_PGBOUNCER=true, and"
            " FREEHOLD_STATEMENT_CACHE=0 if it is a PgBouncer older than 1.21"
        )
    if isinstance(exc, _OCCUPIED):
        return Occupied(f"Postgres: {_said(exc)}")
    if isinstance(exc, asyncpg.UndefinedColumnError):
        return UnknownColumn(f"Postgres: {_said(exc)}")
    if isinstance(exc, _MISCONFIGURED) and not isinstance(exc, asyncpg.PostgresSyntaxError):
        return Misconfigured(f"Postgres: {_said(exc)}")
    return exc


def _said(exc: Exception) -> str:
    """The message on one line, without its detail, which may contain values of rows."""
    said = exc.args[0] if isinstance(exc, asyncpg.PostgresError) else exc
    return " ".join(str(said).split()) or type(exc).__name__


def _is_lost(exc: Exception) -> bool:
    """Whether the connection was lost during a statement: the driver's text is about its protocol."""
    driver = (asyncpg.InterfaceError, asyncpg.InternalClientError, asyncpg.ConnectionDoesNotExistError)
    return isinstance(exc, driver) and _LOST_WORDS.search(str(exc)) is not None


def _is_unencodable(exc: Exception) -> bool:
    """Whether asyncpg can't send an argument. The class isn't exported, and the server's has the same name."""
    return isinstance(exc, asyncpg.InterfaceError) and type(exc).__name__ == "DataError"


def _constraint(exc: asyncpg.IntegrityConstraintViolationError) -> Problem:
    if isinstance(exc, asyncpg.UniqueViolationError):
        field = "reference" if "reference" in (exc.constraint_name or "") else "id"
        return Problem(ProblemCode.CONFLICT, f"this {field} is taken", field)
    if isinstance(exc, asyncpg.ForeignKeyViolationError):
        return Problem(ProblemCode.CONFLICT, "another row refers to it, or the row it refers to is gone")
    return Problem(ProblemCode.VALIDATION, f"the database refuses it: {_said(exc)}")
