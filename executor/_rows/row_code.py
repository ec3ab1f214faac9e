"""Row code: a function that reads rows from objects, compiled from the cells of a row."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import count
from typing import Any, NamedTuple

from executor._columns.leaves import Serializer
from executor._rows.assembly import may_be_compiled, row_class
from executor._schema.instance_of import Promise

__all__ = ["Blank", "Cell", "Leaf", "Nested", "TypeName", "can_be_read", "compile_reader", "reader_code"]

ReadRows = Callable[[Sequence[Any]], list[Any]]


class Blank(NamedTuple):
    """Null: the value is written when its field is complete."""

    key: str


class TypeName(NamedTuple):
    """The same text in each row."""

    key: str
    name: str


class Leaf(NamedTuple):
    """An attribute whose value is a scalar or an enum; the promise says what is known of it."""

    key: str
    attribute: str
    required: bool
    serializer: Serializer
    promise: Promise | None


class Nested(NamedTuple):
    """An attribute whose value is an object of a class, and becomes a row."""

    key: str
    attribute: str
    kind: type
    required: bool
    cells: Sequence[Cell]


Cell = Blank | TypeName | Leaf | Nested


def can_be_read(cells: Sequence[Cell]) -> bool:
    """Whether their response keys may be compiled. Attributes and type names were checked when the cells were made."""
    return may_be_compiled(list(_keys(cells)))


def compile_reader(cells: Sequence[Cell], *, structs: bool = False) -> ReadRows:
    """A function from objects to rows. It leaves out objects with a value that must be completed by itself.

    Rows are dicts, or `structs` for msgspec. The code contains only GraphQL names, identifiers, and the checks of
    serializers.
    """
    code, known = reader_code(cells, structs=structs)
    read: ReadRows = eval(code, known)
    return read


def reader_code(cells: Sequence[Cell], *, structs: bool = False) -> tuple[str, dict[str, Any]]:
    """The source of that function, and the names that it uses."""
    code = _Code(structs)
    tests: list[str] = []
    row = code.row(cells, "o", tests)
    condition = f" if {' and '.join(tests)}" if tests else ""
    return f"lambda objects: [{row} for o in objects{condition}]", code.known


def _keys(cells: Sequence[Cell]) -> Iterator[str]:
    for cell in cells:
        yield cell.key
        if isinstance(cell, Nested):
            yield from _keys(cell.cells)


class _Code:
    """Writes expressions, and collects the names that they use; `tests` are added in the order of evaluation."""

    def __init__(self, structs: bool) -> None:
        self.known: dict[str, Any] = {}
        self._structs = structs
        self._values = map("v{}".format, count())

    def row(self, cells: Sequence[Cell], source: str, tests: list[str]) -> str:
        values = [self._value(cell, source, tests) for cell in cells]
        if not self._structs:
            return "{" + ", ".join([f'"{cell.key}": {value}' for cell, value in zip(cells, values, strict=True)]) + "}"
        made = next(self._values)
        self.known[made] = row_class(tuple(cell.key for cell in cells))
        return f"{made}({', '.join(values)})"

    def _value(self, cell: Cell, source: str, tests: list[str]) -> str:
        match cell:
            case Blank():
                return "None"
            case TypeName(_, name):
                return f'"{name}"'
            case Leaf():
                return self._leaf(cell, f"{source}.{cell.attribute}", tests)
            case Nested(_, attribute, kind, required, cells):
                value = next(self._values)
                read = f"({value} := {source}.{attribute})"
                self.known[f"{value}_kind"] = kind
                inner = [f"isinstance({read if required else value}, {value}_kind)"]
                row = self.row(cells, value, inner)
                if required:
                    tests += inner
                    return row
                tests.append(f"({read} is None or {' and '.join(inner)})")
                return f"None if {value} is None else {row}"

    def _leaf(self, leaf: Leaf, read: str, tests: list[str]) -> str:
        """The value's expression. Tests whether it needs no completion of its own, unless that is known."""
        value, promise, serializer = next(self._values), leaf.promise, leaf.serializer
        is_kind = promise is not None and promise.kind is serializer.kind
        assigned = f"({value} := {read})"
        check = serializer.check(value, assigned if leaf.required else value, is_kind=is_kind)
        if check:
            tests.append(f"({check})" if leaf.required else f"({assigned} is None or {check})")
        elif leaf.required and promise is not None and promise.nullable:
            tests.append(f"{assigned} is not None")
        else:
            return read
        self.known.update(serializer.names(value))
        return value
