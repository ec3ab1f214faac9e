"""What may stand in a column: values at hand, nulls, exceptions, and values still to be awaited."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from types import CoroutineType, GeneratorType, NoneType
from typing import Any

from graphql.pyutils import Undefined, is_async_iterable, is_awaitable

__all__ = ["Kinds", "are_present", "batch_values", "is_absent", "is_async_iterable", "is_awaitable", "results_of"]

Kinds = set[type[Any]]

_LISTS = (list, tuple)
_UNSETTLED = (NoneType, type(Undefined), Exception, CoroutineType, GeneratorType)
_BUILT_IN = frozenset[type[Any]]({str, int, float, bool, list, tuple, dict})
_MOST_REMEMBERED = 1024
_settled: Kinds = set(_BUILT_IN)
"""The types found settled. What is true of a type is true in every executor: they share it."""


def are_present(kinds: Kinds) -> bool:
    """Whether values of these types are neither null, nor an exception, nor to be awaited.

    False where only the values themselves can tell. The answer is remembered for each type.
    """
    return kinds <= _settled or all(map(_settle, kinds))


def _settle(kind: type[Any]) -> bool:
    if kind in _settled:
        return True
    if issubclass(kind, _UNSETTLED) or hasattr(kind, "__await__") or _makes_up_attributes(kind):
        return False
    if len(_settled) >= _MOST_REMEMBERED:
        _settled.intersection_update(_BUILT_IN)
    _settled.add(kind)
    return True


def _makes_up_attributes(kind: type[Any]) -> bool:
    return hasattr(kind, "__getattr__") or getattr(kind, "__getattribute__") is not object.__getattribute__  # noqa: B009 - mypy binds it


def is_absent(value: Any) -> bool:
    return value is None or value is Undefined


def results_of(size: int, calls: Iterator[Any]) -> list[Any]:
    """The results of `size` calls, an exception standing for the call that raised it.

    `calls` must go on after an exception, as `map` does and a generator doesn't.
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
    """What a batch gave, as one value or exception for each of its parents."""
    if isinstance(outcome, Exception):
        return [outcome] * size
    if isinstance(outcome, _LISTS) and len(outcome) == size:
        return list(outcome)
    what = f"{len(outcome)} values" if isinstance(outcome, _LISTS) else type(outcome).__name__
    return [
        TypeError(f"A batched resolver must return a list of one value for each of {size} parents, not {what}.")
    ] * size
