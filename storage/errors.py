"""The errors of a store. It never raises a driver's errors."""

from collections.abc import Sequence
from enum import StrEnum

import msgspec


class ProblemCode(StrEnum):
    """The kind of problem with a write."""

    VALIDATION = "validation"
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"


class Problem(msgspec.Struct, frozen=True):
    """One reason why a write was refused. `index` is the row's position in a write of many, from 0."""

    code: ProblemCode
    message: str
    field: str | None = None
    index: int | None = None


class StoreError(Exception):
    """The base class of a store's errors."""


class Rejected(StoreError):
    """The write was refused, and nothing was written. The caller can correct it."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(problem.message for problem in problems))
        self.problems = tuple(problems)


class InvalidValue(StoreError):
    """The database refused a value of a read (SQLSTATE class 22 and similar)."""


class DeadlineExceeded(StoreError):
    """A statement, or the wait for a connection, exceeded its deadline and was cancelled."""


class Unavailable(StoreError):
    """The database can't be reached, or has no room now. A later attempt may succeed."""


class Overloaded(Unavailable):
    """Too many reads wait for the database. This one was refused before it began."""


class Misconfigured(StoreError):
    """The rights, tables or settings of the database forbid the statement. Its operator can correct that."""


class Occupied(Misconfigured):
    """Another program's tables have the names of ours."""


class UnknownColumn(Misconfigured):
    """A table lacks a column that a statement names."""


class SchemaMismatch(StoreError):
    """The database's tables don't suit this code."""
