"""`@batched`: a Strawberry field whose resolver takes all parents of a level at once."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Concatenate, overload

import strawberry
from strawberry.annotation import StrawberryAnnotation
from strawberry.extensions import FieldExtension
from strawberry.permission import BasePermission
from strawberry.types.field import StrawberryField

from executor._columns.values import batch_values
from executor._schema.prefetched import Prefetched
from executor._strawberry import BatchResolver

__all__ = ["BatchFunction", "BatchedField", "batched"]

Batch = Sequence[object]
BatchFunction = Callable[Concatenate[list[Any], ...], Batch | Awaitable[Batch]]


@overload
def batched(resolver: BatchFunction, /) -> BatchedField: ...


@overload
def batched(
    *,
    graphql_type: Any = None,
    name: str | None = None,
    description: str | None = None,
    deprecation_reason: str | None = None,
    permission_classes: Sequence[type[BasePermission]] = (),
    extensions: Sequence[FieldExtension] = (),
    directives: Sequence[object] = (),
    metadata: Mapping[Any, Any] | None = None,
    prefetched: Prefetched | None = None,
) -> Callable[[BatchFunction], BatchedField]: ...


def batched(
    resolver: BatchFunction | None = None,
    /,
    *,
    graphql_type: Any = None,
    name: str | None = None,
    permission_classes: Sequence[type[BasePermission]] = (),
    extensions: Sequence[FieldExtension] = (),
    prefetched: Prefetched | None = None,
    **options: Any,
) -> BatchedField | Callable[[BatchFunction], BatchedField]:
    """Declares a field whose resolver takes a list of parents and returns a value or an exception for each.

    The resolver's first parameter is the list of parents: never empty, without duplicates. Its other parameters are
    arguments and `info`, as for `strawberry.field`; `info` is that of the first parent. The field's type is
    `graphql_type`, or the annotation in the class, or the element type of the list that the resolver is annotated
    with, without exceptions. If the result is not a list with one value for each parent, the field fails for every
    parent. With permissions or field extensions, which decide object by object, and on graphql-core, the resolver is
    called with one parent at a time.

    The resolver may be async, or return an awaitable of the list. If that awaitable has a method `alone`, which
    returns another awaitable of the list, that one is awaited instead whenever nothing else of the operation is
    running: a data loader need not wait for more keys then.

    `prefetched` is for fields whose value the parents may hold already. The resolver is called for levels in which
    any parent lacks it.
    """

    def declare(resolver: BatchFunction) -> BatchedField:
        field = BatchedField(
            graphql_name=name,
            type_annotation=StrawberryAnnotation.from_annotation(graphql_type),
            permission_classes=[*permission_classes],
            extensions=[*extensions],
            **options,
        )
        field.prefetched = prefetched
        declared = field(BatchResolver(resolver))
        assert isinstance(declared, BatchedField)
        return declared

    return declare if resolver is None else declare(resolver)


class BatchedField(StrawberryField):
    """A field declared by `@batched`."""

    prefetched: Prefetched | None = None

    def __copy__(self) -> BatchedField:
        field = super().__copy__()
        assert isinstance(field, BatchedField)
        field.prefetched = self.prefetched
        return field

    def get_result(self, source: Any, info: strawberry.Info | None, args: list[Any], kwargs: Any) -> Any:
        """The value for one object, as a batch of one: what graphql-core calls."""
        assert self.base_resolver is not None
        found = self.prefetched.values([source], info and info.context) if self.prefetched else None
        if found is not None:
            return found[0]
        outcome = self.base_resolver([source], *args, **kwargs)  # type: ignore[arg-type]
        return _first_awaited(outcome) if inspect.isawaitable(outcome) else batch_values(outcome, 1)[0]


async def _first_awaited(batch: Awaitable[Any]) -> Any:
    return batch_values(await batch, 1)[0]
