"""Row code: from the cells of a row to a function that reads rows from objects."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import count
from typing import Any, NamedTuple

from executor._columns.leaves import Test
from executor._rows.assembly import may_be_compiled, row_class
from executor._schema.instance_of import Promise

__all__ = ["Blank", "Cell", "Leaf", "Nested", "TypeName", "can_be_read", "compile_reader", "reader_code"]

ReadRows = Callable[[Sequence[Any]], list[Any]]


class Blank(NamedTuple):
    """Null, for somebody else to write over."""

    key: str


class TypeName(NamedTuple):
    """The same text in each row."""

    key: str
    name: str


class Leaf(NamedTuple):
    """An attribute, as a scalar or an enum, and what is known of it."""

    key: str
    attribute: str
    required: bool
    test: Test
    promise: Promise | None


class Nested(NamedTuple):
    """An attribute, as a row of its own."""

    key: str
    attribute: str
    kind: type
    required: bool
    cells: Sequence[Cell]


Cell = Blank | TypeName | Leaf | Nested


def can_be_read(cells: Sequence[Cell]) -> bool:
    """Whether code may be made of them, their attributes and type names being such as may be compiled."""
    return may_be_compiled(list(_keys(cells)))


def compile_reader(cells: Sequence[Cell], *, structs: bool = False) -> ReadRows:
    """A function from objects to rows, which leaves out the objects whose values are not what the cells say.

    Rows are dicts, or `structs` that msgspec encodes. Only GraphQL names, identifiers, and the tests of leaves.py get
    into the code.
    """
    code, known = reader_code(cells, structs=structs)
    read: ReadRows = eval(code, known)
    return read


def reader_code(cells: Sequence[Cell], *, structs: bool = False) -> tuple[str, dict[str, Any]]:
    """The source of that function, and the names that it must know."""
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
    """Expressions, and what they must `know`; `tests` are added to in the order in which they are to be made."""

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
        """Tests whether the value is plain, unless it certainly is."""
        value, required, promise = next(self._values), leaf.required, leaf.promise
        code, kind, of_kind, needed = leaf.test
        if promise is not None and promise.kind is kind:
            code = of_kind
            if not code and not (required and promise.nullable):
                return read
        names = {name: f"{value}_{name}" for name in needed}
        self.known.update({names[name]: needed[name] for name in needed})
        first = f"{value} := {read}"
        if not code:
            tests.append(f"({first}) is not None")
        elif required:
            tests.append(f"({code.format(read=f'({first})', value=value, **names)})")
        else:
            tests.append(f"(({first}) is None or {code.format(read=value, value=value, **names)})")
        return value
