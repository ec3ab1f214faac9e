"""What the filter of a search costs: how many rows it may read past to find any."""

from typing import Any

import msgspec
from graphql import FieldNode, NullValueNode, ObjectValueNode, OperationDefinitionNode, ValueNode, VariableNode
from graphql.utilities import value_from_ast_untyped

from schema.cost import Narrowing
from server.admission.rows import Variables


class FilterCost(msgspec.Struct, frozen=True):
    """A search's filter: a variable by itself, or the fields that are given, some of them by variables."""

    cost: Narrowing
    variable: str | None = None
    constant: frozenset[str] = frozenset()
    by_variable: tuple[tuple[str, str], ...] = ()
    defaults: dict[str, Any] = {}

    @property
    def varies(self) -> bool:
        """Whether the variables make a difference."""
        return self.variable is not None or bool(self.by_variable)

    def of(self, given: Variables) -> int:
        """What it costs with these variables. One of the wrong kind costs nothing: execution refuses it."""
        names = set(self.constant)
        if self.variable is not None:
            value = given.get(self.variable, self.defaults.get(self.variable))
            if isinstance(value, dict):
                names.update(name for name, each in value.items() if each is not None)
        for name, variable in self.by_variable:
            if given.get(variable, self.defaults.get(variable)) is not None:
                names.add(name)
        if not names.isdisjoint(self.cost.unless):
            return 0
        return self.cost.weight * len(names.intersection(self.cost.fields))


def filter_cost_of(cost: Narrowing | None, field: FieldNode, operation: OperationDefinitionNode) -> FilterCost | None:
    """The filter that this field is given; None if it can cost nothing."""
    if cost is None:
        return None
    value = next((each.value for each in field.arguments or () if each.name.value == cost.argument), None)
    defaults = {
        node.variable.name.value: value_from_ast_untyped(node.default_value)
        for node in operation.variable_definitions or ()
        if node.default_value is not None
    }
    if isinstance(value, VariableNode):
        return FilterCost(cost, variable=value.name.value, defaults=defaults)
    if not isinstance(value, ObjectValueNode):
        return None
    given: dict[str, ValueNode] = {each.name.value: each.value for each in value.fields}
    if given.keys().isdisjoint(cost.fields):
        return None
    by_variable = tuple((name, each.name.value) for name, each in given.items() if isinstance(each, VariableNode))
    constant = frozenset(name for name, each in given.items() if not isinstance(each, VariableNode | NullValueNode))
    return FilterCost(cost, constant=constant, by_variable=by_variable, defaults=defaults)
