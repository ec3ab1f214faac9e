"""Leaves: scalars and enums, serialised a column at a time where a look at the types shows that this is right."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from enum import Enum
from math import isfinite
from types import NoneType
from typing import Any

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLLeafType,
    GraphQLString,
)

__all__ = ["TESTS", "Serialiser", "build_serialiser"]

Values = Sequence[Any]
Serialiser = Callable[[Values, set[type[Any]]], Values | None]
"""Takes a column and the types in it; gives it serialised, or None if each value must be looked at."""


def build_serialiser(leaf: GraphQLLeafType) -> Serialiser:
    if isinstance(leaf, GraphQLEnumType):
        return Names(leaf)
    return _BUILT_IN.get(leaf, _one_by_one)


def _one_by_one(values: Values, kinds: set[type[Any]]) -> Values | None:
    return None


_TEXTS = frozenset({str, NoneType})
_TRUTHS = frozenset({bool, NoneType})
_WHOLES = frozenset({int, NoneType})
_REALS = frozenset({float, NoneType})


def _texts(values: Values, kinds: set[type[Any]]) -> Values | None:
    return values if kinds <= _TEXTS else None


def _booleans(values: Values, kinds: set[type[Any]]) -> Values | None:
    return values if kinds <= _TRUTHS else None


def _integers(values: Values, kinds: set[type[Any]]) -> Values | None:
    if not kinds <= _WHOLES:
        return None
    try:
        array("i", filter(None, values))  # takes 32 bits, as Int does; null and zero can be left out
    except OverflowError:
        return None
    return values


def _floats(values: Values, kinds: set[type[Any]]) -> Values | None:
    # A sum of floats is finite only if each of them is.
    return values if kinds <= _REALS and isfinite(sum(filter(None, values))) else None


_BUILT_IN: dict[GraphQLLeafType, Serialiser] = {
    GraphQLString: _texts,
    GraphQLID: _texts,
    GraphQLBoolean: _booleans,
    GraphQLInt: _integers,
    GraphQLFloat: _floats,
}


TESTS: dict[GraphQLLeafType, str] = {
    GraphQLString: "type({read}) is str",
    GraphQLID: "type({read}) is str",
    GraphQLBoolean: "type({read}) is bool",
    GraphQLInt: "type({read}) is int and -0x80000001 < {value} < 0x80000000",
    GraphQLFloat: "type({read}) is float and -inf < {value} < inf",
}
"""Python that tells whether a value goes into the response as it is; `read` names the value when it first appears."""


class Names:
    """An enum's names: by text, and for members of a Python enum by identity, since hashing them is slow.

    Every name is first asked of the type, so there are never more of them than the enum has values.
    """

    def __init__(self, enum: GraphQLEnumType) -> None:
        self._enum = enum
        self._by_text: dict[str | None, str | None] = {None: None}
        self._by_identity: dict[int, str | None] = {id(None): None}
        self._members: list[Enum] = []

    def __call__(self, values: Values, kinds: set[type[Any]]) -> Values | None:
        try:
            if kinds <= _TEXTS:
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
