"""How many rows a field's arguments can bring, read from the document once and from the variables each time."""

from collections.abc import Mapping
from typing import Any

import msgspec
from graphql import (
    FieldNode,
    IntValueNode,
    ListValueNode,
    NullValueNode,
    OperationDefinitionNode,
    ValueNode,
    VariableNode,
)
from graphql.utilities import value_from_ast_untyped

from schema.cost import Fixed, Inherited, Length, Page, Rows
from server.admission.document_limits import COUNTED

Variables = Mapping[str, Any]
_ABSENT: Any = object()


class Count(msgspec.Struct, frozen=True):
    """A number of rows: `constant`, or what `variables` say, the first that is given. Each has its default."""

    constant: int
    variables: tuple[tuple[str, Any], ...] = ()
    most: int = COUNTED

    def of(self, given: Variables) -> int:
        """What it is with these variables. A value of the wrong kind counts as the most; execution refuses it."""
        for name, default in self.variables:
            value = given.get(name, default)
            if value is not _ABSENT and value is not None:
                return self._read(value)
        return self.constant

    def _read(self, value: Any) -> int:
        if type(value) is int and 0 <= value <= self.most:
            return value
        if isinstance(value, list):
            return min(len(value), COUNTED)
        if isinstance(value, bool) or not isinstance(value, int):
            return 1 if isinstance(value, str) else self.most
        return max(0, min(value, self.most))


ONE = Count(1)


def count_of(rows: Rows | None, field: FieldNode, operation: OperationDefinitionNode, above: Count) -> Count:
    """The rows of a field whose table entry is `rows`; `above` are those of the field it is selected on."""
    if isinstance(rows, Inherited):
        return above
    if isinstance(rows, Fixed):
        return Count(rows.count)
    if isinstance(rows, Page):
        return _page(rows, field, operation)
    if isinstance(rows, Length):
        return _length(rows, field, operation)
    return ONE


def _page(rows: Page, field: FieldNode, operation: OperationDefinitionNode) -> Count:
    """Arguments given as variables come before the constant ones: execution refuses both at once anyway."""
    names: list[str] = []
    constant = rows.default
    for argument in rows.arguments:
        value = _argument(field, argument)
        if isinstance(value, VariableNode):
            names.append(value.name.value)
        elif isinstance(value, IntValueNode):
            constant = _clamp(value.value, rows.most)
        elif value is not None and not isinstance(value, NullValueNode):
            constant = rows.most
    return Count(constant, _with_defaults(names, operation), rows.most)


def _length(rows: Length, field: FieldNode, operation: OperationDefinitionNode) -> Count:
    value = _argument(field, rows.argument)
    if isinstance(value, VariableNode):
        return Count(0, _with_defaults([value.name.value], operation), rows.most)
    return Count(len(value.values) if isinstance(value, ListValueNode) else 1)


def _clamp(digits: str, most: int) -> int:
    return most if len(digits) > 9 else max(0, min(int(digits), most))


def _argument(field: FieldNode, name: str) -> ValueNode | None:
    return next((each.value for each in field.arguments or () if each.name.value == name), None)


def _with_defaults(names: list[str], operation: OperationDefinitionNode) -> tuple[tuple[str, Any], ...]:
    defined = {node.variable.name.value: node.default_value for node in operation.variable_definitions or ()}
    return tuple(
        (name, _ABSENT if defined.get(name) is None else value_from_ast_untyped(defined[name]))  # type: ignore[arg-type]
        for name in names
    )
