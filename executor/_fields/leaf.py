"""Scalars and enums: serialized a column at a time, or a value at a time by graphql-core."""

from __future__ import annotations

from itertools import repeat
from types import NoneType

from graphql import GraphQLLeafType

from executor._columns.columns import Column, Completed
from executor._columns.faults import FAILED, Faults
from executor._columns.leaves import build_serializer
from executor._columns.places import Place
from executor._columns.values import Kinds, results_of
from executor._fields.shape import AnyShape, Values
from executor._graphql_core import complete_leaf
from executor._plan import Run
from executor._request import Request

__all__ = ["LeafShape"]


class LeafShape(AnyShape):
    def __init__(self, required: bool, leaf: GraphQLLeafType) -> None:
        super().__init__(required)
        self._leaf = leaf
        self.serializer = build_serializer(leaf)

    def serialize(self, values: Values) -> Completed | None:
        if self.serializer is None:
            return None
        kinds = set(map(type, values))
        if self.required and NoneType in kinds:
            return None
        serialized = self.serializer(values, kinds)
        return None if serialized is None else Completed(serialized)

    def begin(self, values: Values, place: Place, run: Run) -> Column:
        return self.serialize(values) or super().begin(values, place, run)

    def begin_present(self, values: Values, kinds: Kinds, place: Place, run: Run) -> Column:
        results = results_of(len(values), map(complete_leaf, repeat(self._leaf), values))
        faults: Faults = {}
        for index, result in enumerate(results):
            if isinstance(result, Exception):
                faults[index] = run.fail(result, place.field)
                results[index] = FAILED
        return Completed(results, faults)

    def shareable(self, request: Request) -> bool:
        return True
