"""What became of a row."""

from enum import StrEnum

import msgspec

from storage.errors import Problem, ProblemCode


class Kind(StrEnum):
    """What a row is about."""

    OWNER = "owner"
    PROPERTY = "property"
    PRICE_CHANGE = "price_change"


class Result(StrEnum):
    """What a row did to the table."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


class Outcome(msgspec.Struct, frozen=True):
    """A row's result; `problems` if it was refused, `owner` if a listing's row made or changed its owner."""

    kind: Kind
    result: Result
    problems: tuple[Problem, ...] = ()
    owner: Result | None = None


class Refused(Exception):
    """This row can't be written."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("; ".join(problem.message for problem in problems))
        self.problems = problems

    @classmethod
    def of(cls, message: str, field: str, code: ProblemCode = ProblemCode.VALIDATION) -> "Refused":
        """Refused for one reason."""
        return cls((Problem(code, message, field),))
