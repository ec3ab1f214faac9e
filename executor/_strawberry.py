"""What the executor relies on in Strawberry beyond its documented interface. No other module of the executor does.

A test fails when one of these moves.
"""

from __future__ import annotations

import inspect
import types
from collections.abc import Awaitable, Callable, Mapping
from functools import cached_property
from typing import Any, ClassVar, Union, get_args, get_origin

import strawberry
from graphql import Executor, GraphQLField, GraphQLSchema
from strawberry.annotation import StrawberryAnnotation
from strawberry.execution import optimized_is_awaitable
from strawberry.extensions import SchemaExtension
from strawberry.schema import BaseSchema, Schema
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.arguments import StrawberryArgument, convert_arguments
from strawberry.types.base import StrawberryOptional
from strawberry.types.field import StrawberryField
from strawberry.types.fields.resolver import INFO_PARAMSPEC, ReservedParameterSpecification, StrawberryResolver

__all__ = [
    "BatchResolver",
    "argument_names",
    "convert",
    "core_schema",
    "executor_class",
    "find_declared",
    "info_class",
    "is_awaitable",
    "reads_attribute",
    "strawberry_schema",
    "wraps_resolvers",
]

is_awaitable = optimized_is_awaitable
"""The check that Strawberry hands to graphql-core's executor."""

_UNIONS = (Union, types.UnionType)
_UNCONVERTED = (str, int, float, bool, strawberry.ID)


def core_schema(schema: BaseSchema) -> GraphQLSchema:
    """The graphql-core schema that Strawberry built."""
    return schema._schema  # type: ignore[attr-defined, no-any-return]


def strawberry_schema(schema: GraphQLSchema) -> Schema:
    """The Strawberry schema from which this one was built. Raises KeyError if there is none."""
    found: Schema = schema.extensions[GraphQLCoreConverter.DEFINITION_BACKREF]
    return found


def executor_class(schema: BaseSchema) -> type[Executor[Any]]:
    """The class of graphql-core's executor that Strawberry uses."""
    return schema.execution_context_class  # type: ignore[attr-defined, no-any-return]


def wraps_resolvers(schema: BaseSchema) -> bool:
    """Whether an extension of the schema wants to see every resolver, as operation directives do."""
    extensions = schema.get_extensions()  # type: ignore[attr-defined]
    return any(type(extension).resolve is not SchemaExtension.resolve for extension in extensions)


def find_declared(schema: GraphQLSchema, definition: GraphQLField) -> StrawberryField | None:
    """The Strawberry field that is behind a field of the schema.

    None where Strawberry's wrapper must be called: no field of Strawberry's, one with field extensions, or a schema
    with exception handlers.
    """
    declared = definition.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    if not isinstance(declared, StrawberryField) or declared.extensions:
        return None
    return None if strawberry_schema(schema).exception_handlers else declared


def reads_attribute(declared: StrawberryField) -> bool:
    """Whether the field's value is the attribute `python_name` of the object."""
    return (
        declared.is_basic_field
        and declared.default_resolver is getattr
        and type(declared).get_result is StrawberryField.get_result
    )


def info_class(schema: Schema) -> Callable[[Any, StrawberryField], Any]:
    """The class of infos that resolvers get: made of graphql-core's info and the field."""
    return schema.config.info_class


def argument_names(declared: StrawberryField, schema: Schema, names: Callable[[str], bool]) -> dict[str, str] | None:
    """The Python name of each argument, by its GraphQL name; None if any of those that `names` picks is converted."""
    found: dict[str, str] = {}
    for argument in declared.arguments:
        name = schema.config.name_converter.from_argument(argument)
        if names(name) and _is_converted(argument):
            return None
        found[name] = argument.python_name
    return found


def _is_converted(argument: StrawberryArgument) -> bool:
    type_: object = argument.type
    if type(type_) is StrawberryOptional:
        type_ = type_.of_type
    return type_ not in _UNCONVERTED


def convert(given: Mapping[str, Any], declared: StrawberryField, schema: Schema, info: Any) -> dict[str, Any]:
    """The arguments under their Python names; input objects become instances of their classes."""
    return convert_arguments(
        dict(given),
        declared.arguments,
        scalar_registry=schema.schema_converter.scalar_registry,
        config=schema.config,
        info=info,
    )


class _FirstParameter:
    """Keeps the parents from becoming an argument of the field."""

    def find(
        self, parameters: tuple[inspect.Parameter, ...], resolver: StrawberryResolver[Any]
    ) -> inspect.Parameter | None:
        return parameters[0] if parameters else None


class BatchResolver(StrawberryResolver[Any]):
    """A resolver whose first parameter is the list of parents, and which returns a list of the field's values."""

    RESERVED_PARAMSPEC: ClassVar[tuple[ReservedParameterSpecification, ...]] = (  # type: ignore[misc]
        _FirstParameter(),
        INFO_PARAMSPEC,
    )

    @cached_property
    def type_annotation(self) -> StrawberryAnnotation | None:
        annotation = super().type_annotation
        if annotation is None:
            return None
        return _ElementAnnotation(annotation.raw_annotation, namespace=annotation.namespace)


class _ElementAnnotation(StrawberryAnnotation):
    """The type of a field, from the annotation of the resolver that returns a list of its values."""

    __slots__ = ()

    def evaluate(self) -> type:
        return _element(super().evaluate())  # type: ignore[no-any-return]


def _element(batch: Any) -> Any:
    """The element type of a list, of an awaitable of one, or of either, without the exceptions in it."""
    if get_origin(batch) in _UNIONS:
        batch, *_ = get_args(batch)
    if get_origin(batch) is Awaitable:
        (batch,) = get_args(batch)
    (element,) = get_args(batch) or (Any,)
    if get_origin(element) not in _UNIONS:
        return element
    members = [
        member for member in get_args(element) if not (isinstance(member, type) and issubclass(member, BaseException))
    ]
    return Union[tuple(members)]  # noqa: UP007
