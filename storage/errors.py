"""What a Store raises. Driver errors never cross it."""

from collections.abc import Sequence
from enum import StrEnum

import msgspec


class ProblemCode(StrEnum):
    """What is wrong with a write."""

    VALIDATION = "validation"
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"


class Problem(msgspec.Struct, frozen=True):
    """One reason why a write was refused. `index` is the row's place in a write of many, from 0."""

    code: ProblemCode
    message: str
    field: str | None = None
    index: int | None = None


class StoreError(Exception):
    """The root of everything a Store raises."""


class Rejected(StoreError):
    """The write can't be done as asked, and nothing was written. The caller can mend it."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(problem.message for problem in problems))
        self.problems = tuple(problems)


class InvalidValue(StoreError):
    """The database refused a value of a read (SQLSTATE class 22 and its like)."""


class DeadlineExceeded(StoreError):
    """A statement, or the wait for a connection, took longer than allowed. It was cancelled."""


class Unavailable(StoreError):
    """The database can't be reached or has no room now. Trying again later may work."""


class Overloaded(Unavailable):
    """More reads wait for the database than the queue holds: this one was refused before it began."""


class Misconfigured(StoreError):
    """The rights, tables or settings of the database forbid what was asked. Its operator can mend it."""


class Occupied(Misconfigured):
    """Tables that are not ours have the names of ours."""


class UnknownColumn(Misconfigured):
    """A table lacks a column that a statement names."""


class SchemaMismatch(StoreError):
    """The database's tables and this code can't live together."""
