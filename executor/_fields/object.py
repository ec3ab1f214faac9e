"""Objects of one type: they become a level below, or are read at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import repeat
from typing import Any

from graphql import GraphQLError, GraphQLObjectType
from graphql.pyutils import inspect

from executor._columns.awaited import AwaitedValues
from executor._columns.columns import Column, Completed, Objects
from executor._columns.places import LazyInfo, Place, SharedPlace
from executor._columns.values import Kinds, is_awaitable, results_of
from executor._fields.shape import AnyShape, Values
from executor._graphql_core import FieldDetailsList
from executor._plan import Run, Selection
from executor._request import Request
from executor._schema.instance_of import InstanceOf

__all__ = ["DEEPEST", "ObjectShape", "PlanSelection"]

PlanSelection = Callable[[Request, GraphQLObjectType, FieldDetailsList], Selection]

DEEPEST = 200
"""The greatest depth of a level. graphql-core fails a little earlier, when Python's stack ends."""


class ObjectShape(AnyShape):
    """Objects of one type. Their selection is planned when it is first needed."""

    def __init__(
        self, required: bool, type_: GraphQLObjectType, details: FieldDetailsList, plan: PlanSelection
    ) -> None:
        super().__init__(required)
        self._type = type_
        self._details = details
        self._plan = plan
        self._selection: Selection | None = None
        self.instance_of: InstanceOf | None = type_.is_type_of if type(type_.is_type_of) is InstanceOf else None

    def begin_present(self, values: Values, kinds: Kinds, place: Place, run: Run) -> Column:
        is_type_of: Any = self._type.is_type_of
        test = self.instance_of
        if is_type_of is None or (test is not None and test.holds_for(kinds)):
            return self._enter(values, place, run)
        info = LazyInfo(run.request.context_value, place)
        answers = results_of(len(values), map(is_type_of, values, repeat(info)))
        if _are_true(answers):
            return self._enter(values, place, run)
        if any(map(is_awaitable, answers)):
            return run.wait_for(AwaitedValues.among(answers, place, lambda came: self._check(came, values, place, run)))
        return self._check(answers, values, place, run)

    def _check(self, answers: Values, values: Values, place: Place, run: Run) -> Column:
        if _are_true(answers):
            return self._enter(values, place, run)
        checked = [
            answer if isinstance(answer, Exception) else value if answer else self._unexpected(value)
            for value, answer in zip(values, answers, strict=True)
        ]
        return self.sift(checked, place, run, self._enter)

    def _unexpected(self, value: Any) -> GraphQLError:
        nodes = [detail.node for detail in self._details]
        return GraphQLError(f"Expected value of type '{self._type}' but got: {inspect(value)}.", nodes)

    def _enter(self, values: Values, place: Place, run: Run) -> Column:
        """Reads the objects at once if it can, or enters a level: with each object once if the selection allows it."""
        try:
            if place.depth >= DEEPEST:
                raise RecursionError("Selections are nested too deeply.")
            selection = self._selection or self.selection(run.request)
            reader = None if selection.direct is None else selection.direct.reader(values, run.request)
            if reader is not None and not reader.others:
                read = reader.read(values, run.request)
                if read is not None:
                    return Completed(read)
            shared = len(set(map(id, values))) < len(values) and selection.shareable(run.request)
        except Exception as error:
            return self.sift([error] * len(values), place, run, self._enter)
        index = None
        if shared:
            index, values = _distinct(values)
            place = SharedPlace(place, index)
        return Objects(run.enter(selection, values, place), index)

    def selection(self, request: Request) -> Selection:
        """The selection, planned at the first call. Raises what collecting its fields raises."""
        if self._selection is None:
            self._selection = self._plan(request, self._type, self._details)
        return self._selection

    def shareable(self, request: Request) -> bool:
        return self.selection(request).shareable(request)


def _are_true(answers: Values) -> bool:
    return {bool}.issuperset(map(type, answers)) and all(answers)


def _distinct(values: Values) -> tuple[Sequence[int], Values]:
    """The index of each value's object among the distinct objects, and the distinct objects."""
    identities = list(map(id, values))
    distinct = dict(zip(identities, values, strict=True))
    rows = dict(zip(distinct, range(len(distinct)), strict=True))
    return list(map(rows.__getitem__, identities)), list(distinct.values())
