"""Leaves: scalars and enums, serialized a column at a time where a look at the types shows that this is right."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from math import inf, isfinite
from types import NoneType
from typing import Any, NamedTuple, Protocol

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLLeafType,
    GraphQLString,
)

__all__ = ["Serializer", "Test", "build_serializer"]

Values = Sequence[Any]


class Test(NamedTuple):
    """Python that tells whether one value is as expected, and makes `{value}` what goes into the response.

    The value is written `{read}` where it comes first. `known` has the names that the code uses, written `{name}`.
    Of a value that is certainly a `kind`, `of_kind` tells, or nothing where each is as expected.
    """

    code: str
    kind: type[Any]
    of_kind: str
    known: Mapping[str, Any] = {}


class Serializer(Protocol):
    test: Test

    def __call__(self, values: Values, kinds: set[type[Any]]) -> Values | None:
        """Takes a column and the types in it; gives it serialized, or None if each value must be looked at."""
        ...


class Exact:
    """Values of one Python type and nulls, which go into the response as they are."""

    def __init__(
        self, kind: type[Any], condition: str = "", check: Callable[[Values], bool] | None = None, **known: Any
    ) -> None:
        code = f"type({{read}}) is {kind.__name__}"
        if condition:
            code += " and " + condition.replace("{read}", "{value}")
        self.test = Test(code, kind, condition, known)
        self._kinds = frozenset({kind, NoneType})
        self._check = check

    def __call__(self, values: Values, kinds: set[type[Any]]) -> Values | None:
        return values if kinds <= self._kinds and (self._check is None or self._check(values)) else None


def _fit_32_bits(values: Values) -> bool:
    try:
        array("i", filter(None, values))  # null and zero can be left out
    except OverflowError:
        return False
    return True


def _are_finite(values: Values) -> bool:
    # A sum of floats is finite only if each of them is.
    return isfinite(sum(filter(None, values)))


_TEXT = Exact(str)
_BUILT_IN: dict[GraphQLLeafType, Serializer] = {
    GraphQLString: _TEXT,
    GraphQLID: _TEXT,
    GraphQLBoolean: Exact(bool),
    GraphQLInt: Exact(int, "-0x80000001 < {read} < 0x80000000", _fit_32_bits),
    GraphQLFloat: Exact(float, "-{inf} < {read} < {inf}", _are_finite, inf=inf),
}


def build_serializer(leaf: GraphQLLeafType) -> Serializer | None:
    """None where no look at the types is enough."""
    if isinstance(leaf, GraphQLEnumType):
        return Names(leaf)
    if leaf in _BUILT_IN:
        return _BUILT_IN[leaf]
    kind: Any = leaf.coerce_output_value
    return Exact(kind) if any(kind is type_ for type_ in (str, int, float, bool)) else None


class Names:
    """An enum's names: by text, and for members of a Python enum by identity, since hashing them is slow.

    Every name is first asked of the type, so there are never more of them than the enum has values.
    """

    def __init__(self, enum: GraphQLEnumType) -> None:
        self._enum = enum
        self._by_text: dict[str | None, str | None] = {None: None}
        self._by_identity: dict[int, str | None] = {id(None): None}
        self._members: list[Enum] = []
        self._learn([value.value for value in enum.values.values()])
        self.test = Test(
            "({value} := {by_text}[{value}] if type({read}) is str else {by_identity}[id({value})]) is not None",
            str,
            "({value} := {by_text}[{read}]) is not None",
            {"by_text": self._by_text, "by_identity": self._by_identity},
        )

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
            except Exception:  # the value's own fault, reported when it is completed alone
                return
