"""The parameters of a key: its fields, and those of structs within it."""

from typing import Any, get_args

import msgspec

from storage.json_rows import type_of

PAGING: dict[str, type] = {"key": int, "size": int}
"""The parameters of every page: the number of the key that it answers, and how many rows it has at most."""


def types_of(key: type[Any], *, without: tuple[str, ...] = ()) -> dict[str, type]:
    """The types of a key's parameters by name, without some of its fields."""
    types: dict[str, type] = {}
    for field in msgspec.structs.fields(key):
        if field.name not in without:
            within = _struct_within(field.type)
            types |= {field.name: type_of(field.type)} if within is None else types_of(within)
    return types


def values_of(key: Any, *, without: tuple[str, ...] = ()) -> dict[str, Any]:
    """A key's parameters by name, without some of its fields and without those that are None."""
    values: dict[str, Any] = {}
    for name in key.__struct_fields__:
        value = getattr(key, name)
        if name not in without and value is not None:
            values |= values_of(value) if isinstance(value, msgspec.Struct) else {name: value}
    return values


def _struct_within(annotation: Any) -> type[msgspec.Struct] | None:
    kinds = get_args(annotation) or (annotation,)
    return next((kind for kind in kinds if isinstance(kind, type) and issubclass(kind, msgspec.Struct)), None)
