"""The outcome of a row in an import."""

from enum import StrEnum

import msgspec

from storage.errors import Problem, ProblemCode


class Kind(StrEnum):
    """The type that a row describes."""

    OWNER = "owner"
    PROPERTY = "property"
    PRICE_CHANGE = "price_change"


class Result(StrEnum):
    """The effect of a row on its table."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


class Outcome(msgspec.Struct, frozen=True):
    """A row's result, its `problems` if it was refused, and the result for the `owner` that a listing's row names."""

    kind: Kind
    result: Result
    problems: tuple[Problem, ...] = ()
    owner: Result | None = None


class Refused(Exception):
    """The row can't be written."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("; ".join(problem.message for problem in problems))
        self.problems = problems

    @classmethod
    def of(cls, message: str, field: str, code: ProblemCode = ProblemCode.VALIDATION) -> "Refused":
        """A refusal with one problem."""
        return cls((Problem(code, message, field),))
