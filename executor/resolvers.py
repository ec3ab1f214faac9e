"""Resolvers: how a field gets its values for all objects of a level."""

from __future__ import annotations

from collections.abc import Mapping
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
from executor.batched import BatchedField, BatchResolver, spread
from executor.columns import Column, Completed
from executor.paths import FieldPlace, LateInfo
from executor.plan import Field, Resolver
from executor.request import Request
from executor.run import Level
from executor.values import each, is_awaitable
from executor.waiting import AwaitedBatch

__all__ = ["build_resolver"]

_PASSED_ON = (str, int, float, bool, strawberry.ID)


def build_resolver(request: Request, field: Field) -> Resolver:
    if field.name == "__typename":
        return Typename()
    declared = field.definition.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    if isinstance(declared, StrawberryField) and not declared.extensions:
        schema = request.schema.extensions[GraphQLCoreConverter.DEFINITION_BACKREF]
        if schema.exception_handlers:
            pass
        elif isinstance(declared, BatchedField):
            return Batched(field, declared, schema)
        elif _reads_attribute(declared):
            return Attribute(declared.python_name)
    resolve = field.definition.resolve or request.executor.field_resolver
    return Property(field) if resolve is default_field_resolver else Each(field, resolve)


def _reads_attribute(declared: StrawberryField) -> bool:
    return (
        declared.is_basic_field
        and declared.default_resolver is getattr
        and type(declared).get_result is StrawberryField.get_result
    )


class Typename:
    shareable = True

    def begin(self, level: Level, field: Field) -> Column:
        return Completed([field.parent_type.name] * len(level.objects))


class Attribute:
    """An attribute of the object, as Strawberry's fields without a resolver have it."""

    shareable = True

    def __init__(self, name: str) -> None:
        self.name = name
        self._read = attrgetter(name)

    def begin(self, level: Level, field: Field) -> Column:
        values = each(len(level.objects), map(self._read, level.objects))
        return field.shape.serialise(values) or field.shape.begin(values, FieldPlace(level, field))


class Property:
    """graphql-core's default: the item of a mapping or the attribute of an object, called if it can be."""

    shareable = False

    def __init__(self, field: Field) -> None:
        self._name = field.name
        self._arguments = Arguments(field)

    def begin(self, level: Level, field: Field) -> Column:
        place = FieldPlace(level, field)
        request = level.run.request
        size = len(level.objects)
        try:
            arguments = self._arguments.coerce(request)
        except Exception as error:
            return field.shape.begin([error] * size, place)
        values = each(size, map(self._read, level.objects))
        if any(map(callable, values)):

            def call(index: int, value: Any) -> Any:
                return value(place.info(index), **arguments) if callable(value) else value

            values = each(size, map(call, range(size), values))
        return field.shape.begin(values, place)

    def _read(self, source: Any) -> Any:
        return source.get(self._name) if isinstance(source, Mapping) else getattr(source, self._name, None)


class Each:
    """An ordinary resolver, called for each object with its own info."""

    shareable = False

    def __init__(self, field: Field, resolve: Any) -> None:
        self._resolve = resolve
        self._arguments = Arguments(field)

    def begin(self, level: Level, field: Field) -> Column:
        place = FieldPlace(level, field)
        request = level.run.request
        size = len(level.objects)
        try:
            arguments = self._arguments.coerce(request)
        except Exception as error:
            return field.shape.begin([error] * size, place)
        shared = are_atoms(arguments)

        def call(index: int, source: Any) -> Any:
            own = arguments if shared or not index else self._arguments.coerce(request)
            return self._resolve(source, place.info(index), **own)

        return field.shape.begin(each(size, map(call, range(size), level.objects)), place)


class Batched:
    """A `@batched` field, called once for the level."""

    shareable = True

    def __init__(self, field: Field, declared: BatchedField, schema: Any) -> None:
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

    def begin(self, level: Level, field: Field) -> Column:
        place = FieldPlace(level, field)
        size = len(level.objects)
        request = level.run.request
        outcome: Any = None
        try:
            if self.at_hand is not None:
                outcome = self.at_hand.values(level.objects, request.context_value)
            if outcome is not None:
                return field.shape.begin(outcome, place)
            outcome = self._resolve(list(level.objects), **self._keywords(request, place))
        except Exception as error:
            outcome = error
        if is_awaitable(outcome):
            return level.run.wait_for(AwaitedBatch(outcome, place=place, size=size))
        return field.shape.begin(spread(outcome, size), place)

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
