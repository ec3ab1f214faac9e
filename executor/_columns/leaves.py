"""Serializers of scalars and enums: a whole column at once, where the types of its values show that this is right."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from math import inf, isfinite
from types import NoneType
from typing import Any, Protocol

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLLeafType,
    GraphQLString,
)

__all__ = ["Serializer", "build_serializer"]

Values = Sequence[Any]


class Serializer(Protocol):
    """Serializes a column at once, and writes code that does so for one value.

    `kind` is the Python type of most values: if a value is known to be of that type, less of it is checked.
    """

    kind: type[Any]

    def __call__(self, values: Values, kinds: set[type[Any]]) -> Values | None:
        """The column serialized; None if each value must be completed by itself. `kinds` are the types in it."""
        ...

    def check(self, value: str, read: str, *, is_kind: bool) -> str:
        """An expression that is true if a value need not be completed by itself; empty if no value must be.

        `read` is the expression that reads the value into the variable `value`. If the response has another value than
        the object, the expression assigns that one to `value`.
        """
        ...

    def names(self, value: str) -> Mapping[str, Any]:
        """The names that the expression uses."""
        ...


class Exact:
    """Values of one Python type, and nulls, which go into the response as they are: numbers between `limits`."""

    def __init__(
        self,
        kind: type[Any],
        limits: tuple[str, str] | None = None,
        are_within: Callable[[Values], bool] | None = None,
    ) -> None:
        self.kind = kind
        self._limits = limits
        self._are_within = are_within
        self._kinds = frozenset({kind, NoneType})

    def check(self, value: str, read: str, *, is_kind: bool) -> str:
        of_kind = "" if is_kind else f"type({read}) is {self.kind.__name__}"
        if self._limits is None:
            return of_kind
        least, greatest = self._limits
        within = f"{least} < {value if of_kind else read} < {greatest}"
        return f"{of_kind} and {within}" if of_kind else within

    def names(self, value: str) -> Mapping[str, Any]:
        return {"inf": inf} if self.kind is float else {}

    def __call__(self, values: Values, kinds: set[type[Any]]) -> Values | None:
        return values if kinds <= self._kinds and (self._are_within is None or self._are_within(values)) else None


def _fit_32_bits(values: Values) -> bool:
    try:
        array("i", filter(None, values))  # null and zero fit
    except OverflowError:
        return False
    return True


def _are_finite(values: Values) -> bool:
    # The sum of floats is finite only if each of them is.
    return isfinite(sum(filter(None, values)))


_TEXT = Exact(str)
_BUILT_IN: dict[GraphQLLeafType, Serializer] = {
    GraphQLString: _TEXT,
    GraphQLID: _TEXT,
    GraphQLBoolean: Exact(bool),
    GraphQLInt: Exact(int, ("-0x80000001", "0x80000000"), _fit_32_bits),
    GraphQLFloat: Exact(float, ("-inf", "inf"), _are_finite),
}


def build_serializer(leaf: GraphQLLeafType) -> Serializer | None:
    """The serializer of a type; None if the types of values don't show how they are serialized."""
    if isinstance(leaf, GraphQLEnumType):
        return Names(leaf)
    if leaf in _BUILT_IN:
        return _BUILT_IN[leaf]
    kind: Any = leaf.coerce_output_value
    return Exact(kind) if any(kind is type_ for type_ in (str, int, float, bool)) else None


class Names:
    """The names of an enum's values: by text, and for members of a Python enum by identity, since hashing them is slow.

    Each is coerced by the enum type before it is remembered, so there are never more than the enum has values.
    """

    kind = str

    def __init__(self, enum: GraphQLEnumType) -> None:
        self._enum = enum
        self._by_text: dict[str | None, str | None] = {None: None}
        self._by_identity: dict[int, str | None] = {id(None): None}
        self._members: list[Enum] = []
        self._learn([value.value for value in enum.values.values()])

    def check(self, value: str, read: str, *, is_kind: bool) -> str:
        name = f"{value}_by_text[{read}]"
        if not is_kind:
            name = f"{value}_by_text[{value}] if type({read}) is str else {value}_by_identity[id({value})]"
        return f"({value} := {name}) is not None"

    def names(self, value: str) -> Mapping[str, Any]:
        return {f"{value}_by_text": self._by_text, f"{value}_by_identity": self._by_identity}

    def __call__(self, values: Values, kinds: set[type[Any]]) -> Values | None:
        try:
            if kinds <= {str, NoneType}:
                return list(map(self._by_text.__getitem__, values))
            return list(map(self._by_identity.__getitem__, map(id, values)))
        except KeyError:
            self._learn(values)
            return None

    def _learn(self, values: Values) -> None:
        for value in values:
            try:
                if type(value) is str:
                    self._by_text[value] = self._enum.coerce_output_value(value)
                elif isinstance(value, Enum) and id(value) not in self._by_identity:
                    self._by_identity[id(value)] = self._enum.coerce_output_value(value)
                    self._members.append(value)
            except Exception:  # an invalid value: it is reported when it is completed by itself
                return
