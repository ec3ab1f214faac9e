"""Faults: the errors of a run, on their way up to the root."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

from graphql import FieldNode, GraphQLError, located_error

__all__ = ["FAILED", "Fault", "Faults", "Part", "located", "merge"]


class _Failed:
    def __repr__(self) -> str:
        return "FAILED"


FAILED: Final = _Failed()
"""A value that could not be completed. It becomes null, or fails its list or its row."""


class Fault(NamedTuple):
    """An exception, and its path below the object that is being completed.

    `nodes` are those of its field. `waits` counts the values awaited between that object and the exception:
    graphql-core meets its errors in that order.
    """

    cause: Exception
    nodes: Sequence[FieldNode]
    path: tuple[str | int, ...] = ()
    waits: int = 0

    def under(self, key: str | int) -> Fault:
        return self._replace(path=(key, *self.path))

    def later(self) -> Fault:
        return self._replace(waits=self.waits + 1)


Faults = dict[int, list[Fault]]
"""The faults of a column by the index of the value. If the value FAILED, the last fault is the reason."""


class Part(NamedTuple):
    """One field of a row, or one item of a list: whether it failed, and its faults."""

    failed: bool
    faults: list[Fault]


def merge(parts: Iterable[Part]) -> Part:
    """The faults of a row or a list, from those of its parts, in the order in which graphql-core would meet them.

    The first failure ends the row: it comes last, after what was met before it or, once awaiting, until it was noticed.
    """
    met = sorted(
        ((fault, part.failed and fault is part.faults[-1]) for part in parts for fault in part.faults),
        key=lambda entry: entry[0].waits,
    )
    fatal = next((index for index, (_, final) in enumerate(met) if final), None)
    if fatal is None:
        return Part(False, [fault for fault, _ in met])
    last = met[fatal][0]
    before = [fault for fault, _ in met[:fatal]]
    beside = [fault for fault, final in met[fatal + 1 :] if not final and last.waits]
    return Part(True, [*before, *beside, last])


def located(faults: Iterable[Fault]) -> list[GraphQLError]:
    """The errors of a response. Faults of the same nodes share their locations, which are looked up once."""
    known: dict[int, GraphQLError] = {}
    return [_locate(fault, known) for fault in faults]


def _locate(fault: Fault, known: dict[int, GraphQLError]) -> GraphQLError:
    """As graphql-core's `located_error`, which looks up the locations of every error."""
    cause = fault.cause
    path = list[Any](fault.path)
    if isinstance(cause, GraphQLError) and cause.path is not None:
        return cause
    blamed = id(cause if _names_its_place(cause) else fault.nodes)
    first = known.get(blamed)
    if first is None:
        first = known[blamed] = located_error(cause, fault.nodes, path)
        return first
    error = GraphQLError(str(getattr(cause, "message", cause)), path=path, original_error=cause)
    error.nodes, error.source = first.nodes, first.source
    error.positions, error.locations = first.positions, first.locations
    return error


def _names_its_place(cause: Exception) -> bool:
    return any(getattr(cause, name, None) for name in ("nodes", "source", "positions"))
