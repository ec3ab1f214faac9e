"""Resolvers: how a field gets its values for all objects of a level."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import Any

import strawberry
from graphql import default_field_resolver
from graphql.pyutils import Undefined
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.arguments import convert_arguments
from strawberry.types.base import StrawberryOptional
from strawberry.types.field import StrawberryField

from executor.arguments import Arguments, are_atoms
from executor.batched import BatchedField, BatchResolver
from executor.columns import Column, Completed
from executor.field import Field
from executor.paths import FieldPlace, LateInfo, Place
from executor.plan import AttributeName, Constant, Resolver, Run, Shape
from executor.request import Request
from executor.values import each, is_awaitable, spread
from executor.waiting import AwaitedBatch

__all__ = ["build_resolver"]

_PASSED_ON = (str, int, float, bool, strawberry.ID)


def build_resolver(request: Request, field: Field, shape: Shape) -> Resolver:
    if field.name == "__typename":
        return Typename(field, shape)
    declared = field.definition.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    if isinstance(declared, StrawberryField) and not declared.extensions:
        schema = request.schema.extensions[GraphQLCoreConverter.DEFINITION_BACKREF]
        if schema.exception_handlers:
            pass
        elif isinstance(declared, BatchedField):
            return Batched(field, shape, declared, schema)
        elif _reads_attribute(declared):
            return Attribute(field, shape, declared.python_name)
    resolve = field.definition.resolve or request.executor.field_resolver
    return Property(field, shape) if resolve is default_field_resolver else Each(field, shape, resolve)


def _reads_attribute(declared: StrawberryField) -> bool:
    return (
        declared.is_basic_field
        and declared.default_resolver is getattr
        and type(declared).get_result is StrawberryField.get_result
    )


class Typename(Resolver):
    shareable = True

    def __init__(self, field: Field, shape: Shape) -> None:
        super().__init__(field, shape)
        self.source = Constant(field.parent_type.name)

    def begin(self, objects: Sequence[Any], parent: Place | None, run: Run) -> Column:
        return Completed([self.field.parent_type.name] * len(objects))


class Attribute(Resolver):
    """An attribute of the object, as Strawberry's fields without a resolver have it."""

    shareable = True

    def __init__(self, field: Field, shape: Shape, name: str) -> None:
        super().__init__(field, shape)
        self.source = AttributeName(name)
        self._read = attrgetter(name)

    def begin(self, objects: Sequence[Any], parent: Place | None, run: Run) -> Column:
        values = each(len(objects), map(self._read, objects))
        return self.shape.serialise(values) or self.shape.begin(values, self.place(parent, run), run)


class _ObjectByObject(Resolver):
    """A field whose objects are resolved one after the other, each with its own info."""

    shareable = False

    def __init__(self, field: Field, shape: Shape) -> None:
        super().__init__(field, shape)
        self._arguments = Arguments(field)

    def begin(self, objects: Sequence[Any], parent: Place | None, run: Run) -> Column:
        place = self.place(parent, run)
        try:
            arguments = self._arguments.coerce(run.request)
        except Exception as error:
            return self.shape.begin([error] * len(objects), place, run)
        return self.shape.begin(self._resolve_all(objects, arguments, place), place, run)

    def _resolve_all(self, objects: Sequence[Any], arguments: dict[str, Any], place: FieldPlace) -> list[Any]:
        """A value, an awaitable or an exception for each object."""
        raise NotImplementedError


class Property(_ObjectByObject):
    """graphql-core's default: the item of a mapping or the attribute of an object, called if it can be."""

    def _resolve_all(self, objects: Sequence[Any], arguments: dict[str, Any], place: FieldPlace) -> list[Any]:
        size = len(objects)
        values = each(size, map(self._read, objects))
        if not any(map(callable, values)):
            return values

        def call(index: int, value: Any) -> Any:
            return value(place.info(index), **arguments) if callable(value) else value

        return each(size, map(call, range(size), values))

    def _read(self, source: Any) -> Any:
        name = self.field.name
        return source.get(name) if isinstance(source, Mapping) else getattr(source, name, None)


class Each(_ObjectByObject):
    """An ordinary resolver, called for each object."""

    def __init__(self, field: Field, shape: Shape, resolve: Any) -> None:
        super().__init__(field, shape)
        self._resolve = resolve

    def _resolve_all(self, objects: Sequence[Any], arguments: dict[str, Any], place: FieldPlace) -> list[Any]:
        shared = are_atoms(arguments)

        def call(index: int, source: Any) -> Any:
            own = arguments if shared or not index else self._arguments.coerce(place.request)
            return self._resolve(source, place.info(index), **own)

        return each(len(objects), map(call, range(len(objects)), objects))


class Batched(Resolver):
    """A `@batched` field, called once for the level."""

    shareable = True

    def __init__(self, field: Field, shape: Shape, declared: BatchedField, schema: Any) -> None:
        super().__init__(field, shape)
        assert isinstance(declared.base_resolver, BatchResolver)
        self.at_hand = declared.at_hand
        self._declared = declared
        self._schema = schema
        names = _names_of_plain(field, declared, schema)
        self._arguments = Arguments(field, names)
        self._resolve: Any = declared.base_resolver.wrapped_func
        self._converts = names is None
        parameter = declared.base_resolver.info_parameter
        self._info = parameter.name if parameter else None

    def begin(self, objects: Sequence[Any], parent: Place | None, run: Run) -> Column:
        place = self.place(parent, run)
        request = run.request
        outcome: Any = None
        try:
            if self.at_hand is not None:
                outcome = self.at_hand.values(objects, request.context_value)
            if outcome is not None:
                return self.shape.begin(outcome, place, run)
            outcome = self._resolve(list(objects), **self._keywords(request, place))
        except Exception as error:
            outcome = error
        size = len(objects)
        if is_awaitable(outcome):
            return run.wait_for(
                AwaitedBatch(outcome, lambda values: self.shape.begin(values, place, run), place=place, size=size)
            )
        return self.shape.begin(spread(outcome, size), place, run)

    def _keywords(self, request: Request, place: FieldPlace) -> dict[str, Any]:
        """The arguments as Strawberry converts them, and the info if it is asked for."""
        config = self._schema.config
        info = None
        if self._info:
            info = config.info_class(LateInfo(request.context_value, place), self._declared)
        keywords = self._arguments.coerce(request)
        if self._converts:
            keywords = self._convert(keywords, info)
        if self._info:
            keywords[self._info] = info
        return keywords

    def _convert(self, given: dict[str, Any], info: Any) -> dict[str, Any]:
        """The arguments under their Python names, input objects made of their classes."""
        return convert_arguments(
            given,
            self._declared.arguments,
            scalar_registry=self._schema.schema_converter.scalar_registry,
            config=self._schema.config,
            info=info,
        )


def _names_of_plain(field: Field, declared: BatchedField, schema: Any) -> dict[str, str] | None:
    """The Python name of each argument, if Strawberry would pass on as they are all that have a value here."""
    given = {argument.name.value for argument in field.nodes[0].arguments or ()}
    names: dict[str, str] = {}
    for argument in declared.arguments:
        name = schema.config.name_converter.from_argument(argument)
        has_value = name in given or field.definition.args[name].default_value not in (None, Undefined)
        if has_value and not _is_passed_on(argument.type):
            return None
        names[name] = argument.python_name
    return names


def _is_passed_on(type_: object) -> bool:
    if type(type_) is StrawberryOptional:
        type_ = type_.of_type
    return type_ in _PASSED_ON
