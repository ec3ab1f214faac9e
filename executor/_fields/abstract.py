"""Objects of an interface or a union: each is completed by its own type."""

from __future__ import annotations

from itertools import repeat
from typing import Any

from graphql import GraphQLAbstractType, GraphQLObjectType

from executor._columns.awaited import AwaitedValues
from executor._columns.columns import Column, Scattered
from executor._columns.faults import Faults
from executor._columns.places import LazyInfo, PickedPlace, Place
from executor._columns.values import Kinds, is_awaitable, results_of
from executor._fields.object import ObjectShape, PlanSelection
from executor._fields.shape import AnyShape, Values
from executor._graphql_core import FieldDetailsList
from executor._plan import Run
from executor._request import Request

__all__ = ["AbstractShape"]


class AbstractShape(AnyShape):
    def __init__(
        self, required: bool, type_: GraphQLAbstractType, details: FieldDetailsList, plan: PlanSelection
    ) -> None:
        super().__init__(required)
        self._type = type_
        self._details = details
        self._plan = plan
        self._types: dict[str, GraphQLObjectType] = {}
        self._shapes: dict[GraphQLObjectType, ObjectShape] = {}

    def begin_present(self, values: Values, kinds: Kinds, place: Place, run: Run) -> Column:
        request = run.request
        resolve_type: Any = self._type.resolve_type or request.core.type_resolver
        infos = map(LazyInfo, repeat(request.context_value), repeat(place), range(len(values)))
        names = results_of(len(values), map(resolve_type, values, infos, repeat(self._type)))
        if any(map(is_awaitable, names)):
            return run.wait_for(AwaitedValues.among(names, place, lambda came: self._divide(came, values, place, run)))
        return self._divide(names, values, place, run)

    def _divide(self, names: Values, values: Values, place: Place, run: Run) -> Column:
        """The objects of each type are completed together, by the shape of their type."""
        faults: Faults = {}
        members: dict[GraphQLObjectType, list[int]] = {}
        for index, (name, value) in enumerate(zip(names, values, strict=True)):
            try:
                if isinstance(name, Exception):
                    raise name
                type_ = self._runtime_type(name, value, place, index, run.request)
                members.setdefault(type_, []).append(index)
            except Exception as error:
                faults[index] = run.fail(error, place.field)
        parts = [
            (self._shape(type_).begin_non_null([values[i] for i in index], PickedPlace(place, index), run), index)
            for type_, index in members.items()
        ]
        return Scattered(len(values), parts, faults)

    def _runtime_type(self, name: Any, value: Any, place: Place, index: int, request: Request) -> GraphQLObjectType:
        type_ = self._types.get(name) if type(name) is str else None
        if type_ is None:
            type_ = request.core.find_runtime_type(name, self._type, self._details, place.info(index), value)
            self._types[type_.name] = type_
        return type_

    def _shape(self, type_: GraphQLObjectType) -> ObjectShape:
        shape = self._shapes.get(type_)
        if shape is None:
            shape = self._shapes[type_] = ObjectShape(self.required, type_, self._details, self._plan)
        return shape

    def shareable(self, request: Request) -> bool:
        return False
