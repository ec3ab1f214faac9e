"""The base of shapes: awaitables are awaited, exceptions and nulls are sifted out, and present values are begun."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any

from executor._columns.awaited import AwaitedValues
from executor._columns.columns import Column, Completed, Scattered
from executor._columns.faults import Faults
from executor._columns.places import PickedPlace, Place
from executor._columns.values import Kinds, are_present, is_absent, is_awaitable
from executor._field import Field
from executor._plan import Run
from executor._request import Request

__all__ = ["AnyShape", "Values"]

Values = Sequence[Any]


class AnyShape(ABC):
    """The shape of a type in a field or a list; `required` if it is non-null there.

    Values are lists that only the run refers to: they may become part of the response.
    """

    def __init__(self, required: bool) -> None:
        self.required = required

    def serialize(self, values: Values) -> Completed | None:
        return None

    def begin(self, values: Values, place: Place, run: Run) -> Column:
        if not values:
            return Completed([])
        kinds = set(map(type, values))
        if are_present(kinds):
            return self.begin_present(values, kinds, place, run)
        if any(map(is_awaitable, values)):
            return run.wait_for(AwaitedValues.among(values, place, lambda came: self.begin(came, place, run)))
        return self.sift(values, place, run, self.begin_non_null)

    @abstractmethod
    def begin_present(self, values: Values, kinds: Kinds, place: Place, run: Run) -> Column:
        """Begins values that are neither null nor exceptions, whose types are `kinds`."""

    @abstractmethod
    def shareable(self, request: Request) -> bool: ...

    def begin_non_null(self, values: Values, place: Place, run: Run) -> Column:
        """Begins values that are neither null nor exceptions."""
        return self.begin_present(values, set(map(type, values)), place, run)

    def sift(self, values: Values, place: Place, run: Run, begin: Callable[[Values, Place, Run], Column]) -> Column:
        """Begins the values that are neither null nor exceptions. Exceptions, and nulls if required, become faults."""
        present: list[int] = []
        faults: Faults = {}
        for index, value in enumerate(values):
            if isinstance(value, Exception):
                faults[index] = run.fail(value, place.field)
            elif not is_absent(value):
                present.append(index)
            elif self.required:
                faults[index] = run.fail(_null_error(place.field), place.field)
        if not present:
            return Scattered(len(values), (), faults)
        column = begin([values[index] for index in present], PickedPlace(place, present), run)
        return Scattered(len(values), ((column, present),), faults)


def _null_error(field: Field) -> TypeError:
    return TypeError(f"Cannot return null for non-nullable field {field.parent_type}.{field.name}.")
