"""The values of a column: present values, nulls, exceptions, and awaitables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from types import CoroutineType, GeneratorType, NoneType
from typing import Any

from graphql.pyutils import Undefined, is_async_iterable, is_awaitable

__all__ = ["Kinds", "are_present", "batch_values", "is_absent", "is_async_iterable", "is_awaitable", "results_of"]

Kinds = set[type[Any]]

_LISTS = (list, tuple)
_NOT_PRESENT = (NoneType, type(Undefined), Exception, CoroutineType, GeneratorType)
_BUILT_IN = frozenset[type[Any]]({str, int, float, bool, list, tuple, dict})
_MOST_REMEMBERED = 1024
_present: Kinds = set(_BUILT_IN)
"""The types whose values are present. All executors share them: the answer depends on the type alone."""


def are_present(kinds: Kinds) -> bool:
    """Whether values of these types are neither nulls nor exceptions nor awaitables.

    False if that depends on the value. The answer is remembered for each type.
    """
    return kinds <= _present or all(map(_is_present, kinds))


def _is_present(kind: type[Any]) -> bool:
    if kind in _present:
        return True
    if issubclass(kind, _NOT_PRESENT) or hasattr(kind, "__await__") or _makes_up_attributes(kind):
        return False
    if len(_present) >= _MOST_REMEMBERED:
        _present.intersection_update(_BUILT_IN)
    _present.add(kind)
    return True


def _makes_up_attributes(kind: type[Any]) -> bool:
    return hasattr(kind, "__getattr__") or getattr(kind, "__getattribute__") is not object.__getattribute__  # noqa: B009 - mypy binds it


def is_absent(value: Any) -> bool:
    """Whether the value is null in a response."""
    return value is None or value is Undefined


def results_of(size: int, calls: Iterator[Any]) -> list[Any]:
    """The results of `size` calls. If a call raises an exception, that is its result.

    `calls` must continue after an exception, as `map` does and a generator does not.
    """
    results: list[Any] = []
    while len(results) < size:
        try:
            results.extend(calls)
            if len(results) < size:
                results.append(StopIteration())
        except Exception as error:
            results.append(error)
    return results


def batch_values(outcome: Any, size: int) -> Sequence[Any]:
    """A value or an exception for each of `size` parents, from the result of a batched resolver or its exception."""
    if isinstance(outcome, Exception):
        return [outcome] * size
    if isinstance(outcome, _LISTS) and len(outcome) == size:
        return list(outcome)
    what = f"{len(outcome)} values" if isinstance(outcome, _LISTS) else type(outcome).__name__
    return [
        TypeError(f"A batched resolver must return a list of one value for each of {size} parents, not {what}.")
    ] * size
