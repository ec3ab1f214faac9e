"""What mutations answer: the object, or the reasons why nothing was written."""

from collections.abc import Iterable
from enum import Enum
from typing import Any

import strawberry
from strawberry.types.maybe import Some

from storage.errors import Problem


@strawberry.enum(description="Why a mutation wrote nothing.")
class MutationErrorCode(Enum):
    """The values are those of `storage.errors.ProblemCode`."""

    VALIDATION = strawberry.enum_value("validation", description="A value that can't be; mend the field.")
    NOT_FOUND = strawberry.enum_value("not_found", description="The object, or one it refers to, does not exist.")
    CONFLICT = strawberry.enum_value(
        "conflict", description="Somebody else's object or update is in the way; read again."
    )


@strawberry.type(description="One reason why a mutation wrote nothing.")
class MutationError:
    """Made from a `storage.errors.Problem`."""

    code: MutationErrorCode = strawberry.field(description="What kind of reason.")
    field: str | None = strawberry.field(description="The input field that is to blame.")
    message: str = strawberry.field(description="The reason, for a person to read.")
    index: int | None = strawberry.field(
        description="Which of many inputs is to blame, from 0; null for a mutation of one."
    )


def mutation_errors(problems: Iterable[Problem], *, of_many: bool = False) -> list[MutationError]:
    """The problems as the schema shows them, fields by their GraphQL names; with indexes only of a mutation of many."""
    return [
        MutationError(
            code=MutationErrorCode(problem.code.value),
            field=None if problem.field is None else _camel_case(problem.field),
            message=problem.message,
            index=problem.index if of_many else None,
        )
        for problem in problems
    ]


def given_values(input: Any) -> dict[str, Any]:
    """An input's fields by name, as storage takes them."""
    return {name: _plain(value) for name, value in vars(input).items()}


def given_changes(input: Any) -> dict[str, Any]:
    """An update's given fields: null is a change, absence is none."""
    return {name: _plain(maybe.value) for name, maybe in vars(input).items() if isinstance(maybe, Some)}


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, Enum) else value


def _camel_case(name: str) -> str:
    head, *tail = name.split("_")
    return head + "".join(word.capitalize() for word in tail)
