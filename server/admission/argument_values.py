"""How many values a field's arguments hold: read from the document once, of variables each time."""

import msgspec
from graphql import (
    ConstValueNode,
    FieldNode,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    StringValueNode,
    ValueNode,
    VariableNode,
)
from graphql.utilities import value_from_ast_untyped

from schema.cost import CHARACTERS_OF_A_VALUE, VALUES_FOR_ONE
from server.admission.variable_values import Sizes, size_of


class ArgumentValues(msgspec.Struct, frozen=True):
    """So many values whatever the variables are, which count as one value each, and the variables among them."""

    fixed: int = 0
    variables: tuple[str, ...] = ()

    @property
    def weight(self) -> int:
        """What they cost if no variable is large."""
        return self.fixed // VALUES_FOR_ONE

    def beyond(self, sizes: Sizes) -> int:
        """What large variables cost besides, each as often as it stands in the arguments."""
        more = sum(sizes.get(name, 0) for name in self.variables)
        return (self.fixed + more) // VALUES_FOR_ONE - self.weight


def values_of_arguments(field: FieldNode) -> ArgumentValues:
    """The values that this field is given."""
    fixed = 0
    variables: list[str] = []
    pending: list[ValueNode] = [argument.value for argument in field.arguments or ()]
    while pending:
        node = pending.pop()
        fixed += 1
        if isinstance(node, VariableNode):
            variables.append(node.name.value)
        elif isinstance(node, ListValueNode):
            pending += node.values
        elif isinstance(node, ObjectValueNode):
            pending += [each.value for each in node.fields]
        elif isinstance(node, StringValueNode):
            fixed += len(node.value) // CHARACTERS_OF_A_VALUE
    return ArgumentValues(fixed, tuple(variables))


def values_of_variables(operation: OperationDefinitionNode) -> ArgumentValues:
    """All variables of the operation, which are read once before anything runs."""
    names = tuple(node.variable.name.value for node in operation.variable_definitions or ())
    return ArgumentValues(len(names), names)


def sizes_of_defaults(operation: OperationDefinitionNode) -> Sizes:
    """The variables whose default values are large."""
    sizes = {
        node.variable.name.value: _size_of_literal(node.default_value)
        for node in operation.variable_definitions or ()
        if node.default_value is not None
    }
    return {name: size for name, size in sizes.items() if size}


def _size_of_literal(node: ConstValueNode) -> int:
    return size_of(value_from_ast_untyped(node))
