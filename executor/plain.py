"""Plain fields: attributes that hold just what their type expects, read into rows by one comprehension."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from keyword import iskeyword
from typing import Any

from executor.plan import Field
from executor.resolvers import Attribute, Typename
from executor.rows import Row, may_be_compiled
from executor.shapes import LeafShape

__all__ = ["Plain", "build_plain"]

PATIENCE = 8
"""How many times in a row values may turn out not to be plain, before it is no longer tried."""


class Plain:
    """The plain fields of a selection."""

    def __init__(self, read: Callable[[Sequence[Any]], list[Row]], others: Sequence[Field]) -> None:
        self.others = others
        """The fields which are not plain: null in the rows."""
        self._read = read
        self._misses = 0

    def read(self, objects: Sequence[Any]) -> list[Row] | None:
        """A row for each object, or None if any value must be looked at alone. Then it will be read again."""
        if self._misses >= PATIENCE:
            return None
        try:
            rows = self._read(objects)
        except Exception:
            rows = []
        if len(rows) == len(objects):
            self._misses = 0
            return rows
        self._misses += 1
        return None


def build_plain(fields: Sequence[Field]) -> Plain | None:
    """The plain fields, if there are any, and no resolver beside them is called with one object at a time."""
    plain = [field for field in fields if _is_plain(field)]
    named = may_be_compiled([field.key for field in fields])
    if not plain or not named or not all(field.resolver.shareable for field in fields):
        return None
    return Plain(_compile(fields, plain), [field for field in fields if field not in plain])


def _is_plain(field: Field) -> bool:
    resolver, shape = field.resolver, field.shape
    if isinstance(resolver, Typename):
        return may_be_compiled([field.parent_type.name])
    return (
        isinstance(resolver, Attribute)
        and isinstance(shape, LeafShape)
        and shape.serialiser is not None
        and may_be_compiled([resolver.name])
        and not iskeyword(resolver.name)
    )


def _compile(fields: Sequence[Field], plain: Sequence[Field]) -> Callable[[Sequence[Any]], list[Row]]:
    """A function from objects to rows, which leaves out the objects whose values are not plain.

    Only GraphQL names, identifiers, and the tests of leaves.py get into the code.
    """
    cells, tests = [], ["True"]
    known: dict[str, Any] = {}
    for number, field in enumerate(fields):
        value = f"v{number}"
        if field not in plain:
            value = "None"
        elif isinstance(field.resolver, Typename):
            value = f'"{field.parent_type.name}"'
        else:
            tests.append(_test(field, value, known))
        cells.append(f'"{field.key}": {value}')
    code = f"lambda objects: [{{{', '.join(cells)}}} for o in objects if {' and '.join(tests)}]"
    compiled: Callable[[Sequence[Any]], list[Row]] = eval(code, known)
    return compiled


def _test(field: Field, value: str, known: dict[str, Any]) -> str:
    """An expression that reads a value of `o` and says whether it is plain; what it must know is added."""
    resolver, shape = field.resolver, field.shape
    assert isinstance(resolver, Attribute)
    assert isinstance(shape, LeafShape)
    assert shape.serialiser is not None
    code, needed = shape.serialiser.test
    names = {name: f"{value}_{name}" for name in needed}
    known.update({names[name]: needed[name] for name in needed})
    read = f"{value} := o.{resolver.name}"
    if shape.required:
        return f"({code.format(read=read, value=value, **names)})"
    return f"(({read}) is None or {code.format(read=value, value=value, **names)})"
