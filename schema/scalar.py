"""Scalars of our own."""

from datetime import UTC, datetime, timedelta
from typing import Any, NewType

import strawberry
from graphql import GraphQLError, IntValueNode, ValueNode, print_ast
from strawberry.types.scalar import ScalarDefinition

from storage.draft import MAX_PRICE

Price = NewType("Price", int)
DateTime = NewType("DateTime", int)

_DIGITS = 20
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def format_time(micros: int) -> str:
    """Microseconds since 1970 as RFC 3339, in UTC, to the microsecond."""
    moment = _EPOCH + timedelta(microseconds=micros)
    return f"{moment:%Y-%m-%dT%H:%M:%S.%f}Z"


def _parse_price(value: Any) -> int:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > MAX_PRICE:
        raise GraphQLError(f"Price must be a whole number of at most {MAX_PRICE}.")
    return value


def _parse_price_literal(node: ValueNode, variables: object = None) -> int:
    """A price in a document: digits alone. Variables take 450000.0 too, as Int does: JSON has one kind of number."""
    if not isinstance(node, IntValueNode):
        raise GraphQLError(f"Price must be a whole number, digits only, not {print_ast(node)}.", node)
    try:
        return _parse_price(int(node.value) if len(node.value) <= _DIGITS else MAX_PRICE + 1)
    except GraphQLError as exc:
        raise GraphQLError(exc.message, node) from exc


def _refuse_time(value: Any) -> int:
    raise GraphQLError("DateTime is not accepted as input.")


SCALARS: dict[object, ScalarDefinition] = {
    Price: strawberry.scalar(
        name="Price",
        description="An amount in whole units of the server's one currency (see `currency`): a JSON number from 0"
        " to 9007199254740991, beyond the 32 bits of Int.",
        serialize=int,
        parse_value=_parse_price,
        parse_literal=_parse_price_literal,
    ),
    DateTime: strawberry.scalar(
        name="DateTime",
        description="A moment in UTC as RFC 3339 writes it, to the microsecond: `2026-01-31T12:00:00.123456Z`.",
        specified_by_url="https://scalars.graphql.org/andimarek/date-time",
        serialize=format_time,
        parse_value=_refuse_time,
    ),
}
