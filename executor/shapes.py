"""Shapes: how values of a type are completed. What a column holds decides which way it takes.

A shape is given lists that belong to the run alone, and may make them part of the response.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, Callable, Sequence
from itertools import chain, repeat
from types import NoneType
from typing import TYPE_CHECKING, Any

from graphql import (
    Executor,
    GraphQLError,
    GraphQLLeafType,
    GraphQLObjectType,
)
from graphql.pyutils import inspect, is_iterable

from executor.columns import Column, Completed, Lists, Objects, Scattered
from executor.errors import FAILED, Fault, Faults, null_error
from executor.instance_test import InstanceTest
from executor.leaves import build_serialiser
from executor.paths import ItemPlace, LateInfo, PickedPlace, Place, SharedPlace
from executor.run import Level
from executor.values import Kinds, each, is_absent, is_async_iterable, is_awaitable, settled
from executor.waiting import AwaitedValues

if TYPE_CHECKING:
    from graphql import GraphQLAbstractType
    from graphql.execution.collect_fields import FieldDetailsList

    from executor.plan import Field, Selection
    from executor.request import Request

__all__ = ["AbstractShape", "LeafShape", "ListShape", "ObjectShape", "Shape"]

Values = Sequence[Any]
Plan = Callable[["Request", GraphQLObjectType, "FieldDetailsList"], "Selection"]

_LISTS: Kinds = {list, tuple}

DEEPEST = 200
"""Levels below the root. graphql-core ends a little earlier, when it has used up Python's stack."""


def _fail(cause: Exception, place: Place) -> list[Fault]:
    place.level.run.faulty = True
    return [Fault(cause, place.field)]


class Shape:
    """A type as a field or a list has it: required or not."""

    def __init__(self, required: bool) -> None:
        self.required = required

    def serialise(self, values: Values) -> Completed | None:
        """The whole column at once, where a look at its types is enough."""
        return None

    def begin(self, values: Values, place: Place) -> Column:
        """Any values: awaitables are awaited, exceptions become faults, and the rest is begun."""
        if not values:
            return Completed([])
        kinds = set(map(type, values))
        if settled(kinds):
            return self.begin_present(values, kinds, place)
        if any(map(is_awaitable, values)):
            return place.level.run.wait_for(AwaitedValues.among(values, place, lambda came: self.begin(came, place)))
        return self.sift(values, place, self.begin_settled)

    def begin_present(self, values: Values, kinds: Kinds, place: Place) -> Column:
        """As `begin_settled`, where it is known what types the values have."""
        raise NotImplementedError

    def begin_settled(self, values: Values, place: Place) -> Column:
        """Values which are neither null nor exceptions."""
        return self.begin_present(values, set(map(type, values)), place)

    def sift(self, values: Values, place: Place, begin: Callable[[Values, Place], Column]) -> Column:
        """Begins with what is neither null nor an exception, if there is anything."""
        present: list[int] = []
        faults: Faults = {}
        for index, value in enumerate(values):
            if isinstance(value, Exception):
                faults[index] = _fail(value, place)
            elif not is_absent(value):
                present.append(index)
            elif self.required:
                faults[index] = _fail(null_error(place.field), place)
        if not present:
            return Scattered(len(values), (), faults)
        column = begin([values[index] for index in present], PickedPlace(place, present))
        return Scattered(len(values), ((column, present),), faults)

    def shareable(self, request: Request) -> bool:
        """Whether completing an object once does for all its appearances."""
        raise NotImplementedError


class LeafShape(Shape):
    """Scalars and enums."""

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

    def begin(self, values: Values, place: Place) -> Column:
        return self.serialise(values) or super().begin(values, place)

    def begin_present(self, values: Values, kinds: Kinds, place: Place) -> Column:
        complete = Executor.complete_leaf_value
        results = each(len(values), map(complete, repeat(self._leaf), values))
        faults: Faults = {}
        for index, result in enumerate(results):
            if isinstance(result, Exception):
                faults[index] = _fail(result, place)
                results[index] = FAILED
        return Completed(results, faults)

    def shareable(self, request: Request) -> bool:
        return True


class ListShape(Shape):
    """Lists of any shape."""

    def __init__(self, required: bool, items: Shape) -> None:
        super().__init__(required)
        self._items = items

    def begin_present(self, values: Values, kinds: Kinds, place: Place) -> Column:
        if not kinds <= _LISTS:
            return self.begin([self._listed(value, place.field) for value in values], place)
        items = list(chain.from_iterable(values))
        sizes = list(map(len, values))
        return Lists(self._items.begin(items, ItemPlace(place, sizes)), sizes, self._items.required)

    def _listed(self, value: Any, field: Field) -> Any:
        """A list, an awaitable of a list, or the exception that says why not."""
        if is_async_iterable(value):
            return _collect(value)
        if not is_iterable(value):
            return GraphQLError(
                f"Expected Iterable, but did not find one for field '{field.parent_type}.{field.name}'."
            )
        try:
            return list(value)
        except Exception as error:
            return error

    def shareable(self, request: Request) -> bool:
        return self._items.shareable(request)


async def _collect(values: AsyncIterable[Any]) -> list[Any]:
    items: list[Any] = []
    iterator = aiter(values)
    try:
        async for item in iterator:
            items.append(item)  # noqa: PERF401 - what came before an error has begun
    except BaseException:
        close = getattr(iterator, "aclose", None)
        if close is not None:
            await close()
        raise
    return items


class ObjectShape(Shape):
    """Objects of one type."""

    def __init__(self, required: bool, type_: GraphQLObjectType, details: FieldDetailsList, plan: Plan) -> None:
        super().__init__(required)
        self._type = type_
        self._details = details
        self._plan = plan
        self._selection: Selection | None = None
        self.instance_test: InstanceTest | None = type_.is_type_of if type(type_.is_type_of) is InstanceTest else None

    def begin_present(self, values: Values, kinds: Kinds, place: Place) -> Column:
        is_type_of: Any = self._type.is_type_of
        test = self.instance_test
        if is_type_of is None or (test is not None and test.holds_for(kinds)):
            return self._enter(values, place)
        info = LateInfo(place.level.run.request.context_value, place)
        answers = each(len(values), map(is_type_of, values, repeat(info)))
        if _are_true(answers):
            return self._enter(values, place)
        if any(map(is_awaitable, answers)):
            return place.level.run.wait_for(
                AwaitedValues.among(answers, place, lambda came: self._check(came, values, place))
            )
        return self._check(answers, values, place)

    def _check(self, answers: Values, values: Values, place: Place) -> Column:
        if _are_true(answers):
            return self._enter(values, place)
        checked = [
            answer if isinstance(answer, Exception) else value if answer else self._unexpected(value)
            for value, answer in zip(values, answers, strict=True)
        ]
        return self.sift(checked, place, self._enter)

    def _unexpected(self, value: Any) -> GraphQLError:
        nodes = [detail.node for detail in self._details]
        return GraphQLError(f"Expected value of type '{self._type}' but got: {inspect(value)}.", nodes)

    def _enter(self, values: Values, place: Place) -> Column:
        """The level below, with each object once where the selection allows it."""
        run = place.level.run
        try:
            if place.level.depth >= DEEPEST:
                raise RecursionError("Selections are nested too deeply.")
            selection = self._selection or self.selection(run.request)
            reader = None if selection.plain is None else selection.plain.reader(values, run.request)
            if reader is not None and not reader.others:
                read = reader.read(values, run.request)
                if read is not None:
                    return Completed(read)
            shared = len(set(map(id, values))) < len(values) and selection.shareable(run.request)
        except Exception as error:
            return self.sift([error] * len(values), place, self._enter)
        index = None
        if shared:
            identities = list(map(id, values))
            distinct = dict(zip(identities, values, strict=True))
            rows = dict(zip(distinct, range(len(distinct)), strict=True))
            index = list(map(rows.__getitem__, identities))
            values = list(distinct.values())
            place = SharedPlace(place, index)
        level = Level(run, selection, values, place.level.depth + 1, place)
        run.enter(level)
        return Objects(level, index)

    def selection(self, request: Request) -> Selection:
        """Planned when first needed. Raises what collecting the fields raises."""
        if self._selection is None:
            self._selection = self._plan(request, self._type, self._details)
        return self._selection

    def shareable(self, request: Request) -> bool:
        return self.selection(request).shareable(request)


def _are_true(answers: Values) -> bool:
    return {bool}.issuperset(map(type, answers)) and all(answers)


class AbstractShape(Shape):
    """Objects of an interface or a union: each by its own type."""

    def __init__(self, required: bool, type_: GraphQLAbstractType, details: FieldDetailsList, plan: Plan) -> None:
        super().__init__(required)
        self._type = type_
        self._details = details
        self._plan = plan
        self._types: dict[str, GraphQLObjectType] = {}
        self._shapes: dict[GraphQLObjectType, ObjectShape] = {}

    def begin_present(self, values: Values, kinds: Kinds, place: Place) -> Column:
        request = place.level.run.request
        resolve_type: Any = self._type.resolve_type or request.executor.type_resolver
        infos = map(LateInfo, repeat(request.context_value), repeat(place), range(len(values)))
        names = each(len(values), map(resolve_type, values, infos, repeat(self._type)))
        if any(map(is_awaitable, names)):
            return place.level.run.wait_for(
                AwaitedValues.among(names, place, lambda came: self._divide(came, values, place))
            )
        return self._divide(names, values, place)

    def _divide(self, names: Values, values: Values, place: Place) -> Column:
        """One part for each type."""
        faults: Faults = {}
        members: dict[GraphQLObjectType, list[int]] = {}
        for index, (name, value) in enumerate(zip(names, values, strict=True)):
            try:
                members.setdefault(self._runtime_type(name, value, place, index), []).append(index)
            except Exception as error:
                faults[index] = _fail(error, place)
        parts = [
            (self._shape(type_).begin_settled([values[i] for i in index], PickedPlace(place, index)), index)
            for type_, index in members.items()
        ]
        return Scattered(len(values), parts, faults)

    def _runtime_type(self, name: Any, value: Any, place: Place, index: int) -> GraphQLObjectType:
        if isinstance(name, Exception):
            raise name
        type_ = self._types.get(name) if type(name) is str else None
        if type_ is None:
            type_ = place.level.run.request.executor.ensure_valid_runtime_type(
                name, self._type, self._details, place.info(index), value
            )
            self._types[type_.name] = type_
        return type_

    def _shape(self, type_: GraphQLObjectType) -> ObjectShape:
        shape = self._shapes.get(type_)
        if shape is None:
            shape = self._shapes[type_] = ObjectShape(self.required, type_, self._details, self._plan)
        return shape

    def shareable(self, request: Request) -> bool:
        return False
