"""Resolvers: they find the values of a field for all objects of a level."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import Any

from graphql import default_field_resolver
from graphql.pyutils import Undefined
from strawberry import Schema

from executor._columns.awaited import AwaitedBatch
from executor._columns.columns import Column, Completed
from executor._columns.places import FieldPlace, LazyInfo, Place
from executor._columns.values import batch_values, is_awaitable, results_of
from executor._field import Field
from executor._fields.arguments import Arguments, are_atoms
from executor._plan import AttributeName, Constant, Resolver, Run, Shape
from executor._request import Request
from executor._schema.batched import BatchedField
from executor._strawberry import (
    BatchResolver,
    argument_names,
    convert,
    find_declared,
    info_class,
    reads_attribute,
    strawberry_schema,
)

__all__ = ["build_resolver"]


def build_resolver(request: Request, field: Field, shape: Shape) -> Resolver:
    """The cheapest resolver that does what graphql-core and Strawberry would do for the field."""
    if field.name == "__typename":
        return Typename(field, shape)
    declared = find_declared(request.schema, field.definition)
    if isinstance(declared, BatchedField):
        return Batched(field, shape, declared, strawberry_schema(request.schema))
    if declared is not None and reads_attribute(declared):
        return Attribute(field, shape, declared.python_name)
    resolve = field.definition.resolve or request.core.field_resolver
    return Property(field, shape) if resolve is default_field_resolver else Each(field, shape, resolve)


class Typename(Resolver):
    shareable = True

    def __init__(self, field: Field, shape: Shape) -> None:
        super().__init__(field, shape)
        self.source = Constant(field.parent_type.name)

    def begin(self, objects: Sequence[Any], parent: Place | None, run: Run) -> Column:
        return Completed([self.field.parent_type.name] * len(objects))


class Attribute(Resolver):
    """A field of Strawberry without a resolver: an attribute of the object."""

    shareable = True

    def __init__(self, field: Field, shape: Shape, name: str) -> None:
        super().__init__(field, shape)
        self.source = AttributeName(name)
        self._read = attrgetter(name)

    def begin(self, objects: Sequence[Any], parent: Place | None, run: Run) -> Column:
        values = results_of(len(objects), map(self._read, objects))
        return self.shape.serialize(values) or self.shape.begin(values, self.place(parent, run), run)


class _ObjectByObject(Resolver):
    """A field that is resolved object by object, each with its own info."""

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
    """graphql-core's default: an item of a mapping or an attribute of an object, which is called if it is callable."""

    def _resolve_all(self, objects: Sequence[Any], arguments: dict[str, Any], place: FieldPlace) -> list[Any]:
        size = len(objects)
        values = results_of(size, map(self._read, objects))
        if not any(map(callable, values)):
            return values

        def call(index: int, value: Any) -> Any:
            return value(place.info(index), **arguments) if callable(value) else value

        return results_of(size, map(call, range(size), values))

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

        return results_of(len(objects), map(call, range(len(objects)), objects))


class Batched(Resolver):
    """A `@batched` field, called once for the level."""

    shareable = True

    def __init__(self, field: Field, shape: Shape, declared: BatchedField, schema: Schema) -> None:
        super().__init__(field, shape)
        assert isinstance(declared.base_resolver, BatchResolver)
        self.prefetched = declared.prefetched
        self._declared = declared
        self._schema = schema
        names = _names_of_unconverted(field, declared, schema)
        self._arguments = Arguments(field, names)
        self._resolve: Any = declared.base_resolver.wrapped_func
        self._converts = names is None
        parameter = declared.base_resolver.info_parameter
        self._info = parameter.name if parameter else None
        self._info_class = info_class(schema)

    def begin(self, objects: Sequence[Any], parent: Place | None, run: Run) -> Column:
        place = self.place(parent, run)
        request = run.request
        outcome: Any = None
        try:
            if self.prefetched is not None:
                outcome = self.prefetched.values(objects, request.context_value)
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
        return self.shape.begin(batch_values(outcome, size), place, run)

    def _keywords(self, request: Request, place: FieldPlace) -> dict[str, Any]:
        """The arguments as Strawberry converts them, and the info if the resolver takes it."""
        info = None
        if self._info:
            info = self._info_class(LazyInfo(request.context_value, place), self._declared)
        keywords = self._arguments.coerce(request)
        if self._converts:
            keywords = convert(keywords, self._declared, self._schema, info)
        if self._info:
            keywords[self._info] = info
        return keywords


def _names_of_unconverted(field: Field, declared: BatchedField, schema: Schema) -> dict[str, str] | None:
    """The Python name of each argument; None if Strawberry would convert one that has a value here."""
    given = {argument.name.value for argument in field.nodes[0].arguments or ()}

    def has_value(name: str) -> bool:
        return name in given or field.definition.args[name].default_value not in (None, Undefined)

    return argument_names(declared, schema, has_value)
