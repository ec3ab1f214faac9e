"""`@batched`: a Strawberry field whose resolver takes all parents of a level at once."""

from __future__ import annotations

import inspect
import types
from collections.abc import Awaitable, Callable, Sequence
from functools import cached_property
from typing import Any, ClassVar, Union, get_args, get_origin, overload

import strawberry
from strawberry.annotation import StrawberryAnnotation
from strawberry.extensions import FieldExtension
from strawberry.permission import BasePermission
from strawberry.types.field import StrawberryField
from strawberry.types.fields.resolver import (
    INFO_PARAMSPEC,
    ReservedParameterSpecification,
    StrawberryResolver,
)

from executor.at_hand import AtHand
from executor.values import spread

__all__ = ["BatchResolver", "BatchedField", "batched"]

Batch = Sequence[object]
BatchFunction = Callable[..., Batch | Awaitable[Batch]]

_UNIONS = (Union, types.UnionType)


@overload
def batched(resolver: BatchFunction, /) -> Any: ...


@overload
def batched(
    *,
    graphql_type: Any = None,
    name: str | None = None,
    description: str | None = None,
    deprecation_reason: str | None = None,
    permission_classes: list[type[BasePermission]] | None = None,
    extensions: list[FieldExtension] | None = None,
    directives: Sequence[object] = (),
    metadata: dict[Any, Any] | None = None,
    at_hand: AtHand | None = None,
) -> Callable[[BatchFunction], Any]: ...


def batched(
    resolver: BatchFunction | None = None,
    /,
    *,
    graphql_type: Any = None,
    at_hand: AtHand | None = None,
    **options: Any,
) -> Any:
    """Declares a field whose resolver takes a list of parents, and gives a value or an exception for each.

    The first parameter is the parents: never empty, each object once. The others are as for `strawberry.field`.
    The type is `graphql_type`, or else the annotation of the class, or else what the resolver's list holds
    besides exceptions. `info` is that of the first parent. A result which is not one value for each parent is an
    error of every parent. With permissions or field extensions, which decide for one object, and on graphql-core,
    the resolver is called with one parent at a time.

    The list may be awaited: the resolver is async, or what it returns is. Where it is an object with a method `alone`,
    that is awaited instead whenever nothing else of the operation is under way, and need not wait for company.

    Objects that may have the value already have it `at_hand`: the resolver is called for levels where any lacks it.
    """

    def declare(resolver: BatchFunction) -> BatchedField:
        field = BatchedField(
            graphql_name=options.pop("name", None),
            type_annotation=StrawberryAnnotation.from_annotation(graphql_type),
            permission_classes=options.pop("permission_classes", None) or [],
            extensions=options.pop("extensions", None) or [],
            **options,
        )
        field.at_hand = at_hand
        return field(BatchResolver(resolver))

    return declare if resolver is None else declare(resolver)


class _FirstParameter:
    """Keeps the parents from becoming an argument."""

    def find(
        self, parameters: tuple[inspect.Parameter, ...], resolver: StrawberryResolver[Any]
    ) -> inspect.Parameter | None:
        return parameters[0] if parameters else None


class BatchResolver(StrawberryResolver[Any]):
    RESERVED_PARAMSPEC: ClassVar[tuple[ReservedParameterSpecification, ...]] = (  # type: ignore[misc]
        _FirstParameter(),
        INFO_PARAMSPEC,
    )

    @cached_property
    def type_annotation(self) -> StrawberryAnnotation | None:
        annotation = self.signature.return_annotation
        if annotation is inspect.Signature.empty:
            return None
        return _ElementAnnotation(annotation, namespace=self._namespace)


class _ElementAnnotation(StrawberryAnnotation):
    """The type of a field, from the annotation of the resolver that gives a list of its values."""

    __slots__ = ()

    def evaluate(self) -> type:
        return _element(super().evaluate())  # type: ignore[no-any-return]


def _element(batch: Any) -> Any:
    """What a list, or an awaitable of one, or either of them, holds besides exceptions."""
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


class BatchedField(StrawberryField):
    at_hand: AtHand | None = None

    def __copy__(self) -> BatchedField:
        field = super().__copy__()
        assert isinstance(field, BatchedField)
        field.at_hand = self.at_hand
        return field

    def get_result(self, source: Any, info: strawberry.Info | None, args: list[Any], kwargs: Any) -> Any:
        """The value for one object, as a batch of one."""
        assert self.base_resolver is not None
        found = self.at_hand.values([source], info and info.context) if self.at_hand else None
        if found is not None:
            return found[0]
        outcome = self.base_resolver([source], *args, **kwargs)  # type: ignore[arg-type]
        return _first_later(outcome) if inspect.isawaitable(outcome) else spread(outcome, 1)[0]


async def _first_later(batch: Awaitable[Any]) -> Any:
    return spread(await batch, 1)[0]
