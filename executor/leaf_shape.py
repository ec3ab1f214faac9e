"""Scalars and enums: serialised a column at a time, or a value at a time by graphql-core."""

from __future__ import annotations

from itertools import repeat
from types import NoneType

from graphql import Executor, GraphQLLeafType

from executor.columns import Column, Completed
from executor.errors import FAILED, Faults
from executor.leaves import build_serialiser
from executor.paths import Place
from executor.plan import Run
from executor.request import Request
from executor.shape import AnyShape, Values
from executor.values import Kinds, each

__all__ = ["LeafShape"]


class LeafShape(AnyShape):
    def __init__(self, required: bool, leaf: GraphQLLeafType) -> None:
        super().__init__(required)
        self._leaf = leaf
        self.serialiser = build_serialiser(leaf)

    def serialise(self, values: Values) -> Completed | None:
        if self.serialiser is None:
            return None
        kinds = set(map(type, values))
        if self.required and NoneType in kinds:
            return None
        serialised = self.serialiser(values, kinds)
        return None if serialised is None else Completed(serialised)

    def begin(self, values: Values, place: Place, run: Run) -> Column:
        return self.serialise(values) or super().begin(values, place, run)

    def begin_present(self, values: Values, kinds: Kinds, place: Place, run: Run) -> Column:
        complete = Executor.complete_leaf_value
        results = each(len(values), map(complete, repeat(self._leaf), values))
        faults: Faults = {}
        for index, result in enumerate(results):
            if isinstance(result, Exception):
                faults[index] = run.fail(result, place.field)
                results[index] = FAILED
        return Completed(results, faults)

    def shareable(self, request: Request) -> bool:
        return True
