"""Wrong literals: each error names the argument, or the variable whose default value it is, and the place within."""

from typing import Any

from graphql import (
    ArgumentNode,
    GraphQLError,
    GraphQLInputType,
    ListValueNode,
    ObjectValueNode,
    ValueNode,
    ValuesOfCorrectTypeRule,
    VariableDefinitionNode,
    VisitorAction,
)
from graphql.utilities import validate_input_literal


class LiteralValues(ValuesOfCorrectTypeRule):
    """The rule of the specification; its errors have `extensions.argument` as errors of checked arguments do."""

    _name = ""

    def enter_argument(self, node: ArgumentNode, *_args: Any) -> None:
        self._name = node.name.value

    def enter_variable_definition(self, node: VariableDefinitionNode, *_args: Any) -> None:
        self._name = f"${node.variable.name.value}"

    def is_valid_value_node(self, node: ValueNode, input_type: GraphQLInputType | None) -> VisitorAction:
        """Check a whole value; the rule of the library calls this for each."""

        def report(error: GraphQLError, path: list[str | int]) -> None:
            argument = ".".join(map(str, [self._name, *path]))
            message = error.message.replace(f", but encountered error '{error.original_error}'; found", ", found")
            place = error.nodes if error.locations else _node_at(node, path)
            self.report_error(GraphQLError(f"{argument}: {message}", place, extensions={"argument": argument}))

        if input_type:
            validate_input_literal(node, input_type, report, hide_suggestions=self.context.hide_suggestions)
        return self.SKIP


def _node_at(node: ValueNode, path: list[str | int]) -> ValueNode:
    """The literal at this path within another."""
    for key in path:
        if isinstance(node, ListValueNode) and isinstance(key, int):
            node = node.values[key]
        elif isinstance(node, ObjectValueNode):
            node = next(field.value for field in node.fields if field.name.value == key)
    return node
