"""Number literals beyond the range of Float: it is finite, and the library reads them as infinity."""

from collections.abc import Sequence
from math import isfinite

from graphql import (
    ArgumentNode,
    FloatValueNode,
    GraphQLError,
    GraphQLFloat,
    IntValueNode,
    Node,
    ObjectFieldNode,
    ValidationRule,
    VariableDefinitionNode,
    get_named_type,
)

Holder = Node | Sequence[Node]


class FiniteFloats(ValidationRule):
    """Each number for a Float is finite. Errors have `extensions.argument`, as those of other wrong literals do."""

    def enter_float_value(
        self,
        node: FloatValueNode | IntValueNode,
        key: str | int,
        parent: Holder,
        path: Sequence[str | int],
        ancestors: Sequence[Holder],
    ) -> None:
        """Check a number; the library calls this for each with a point or an exponent."""
        if isfinite(float(node.value)) or get_named_type(self.context.get_input_type()) is not GraphQLFloat:
            return
        argument = _argument(path, [*ancestors, parent])
        message = f"{argument}: Float must be a finite number."
        self.report_error(GraphQLError(message, node, extensions={"argument": argument}))

    enter_int_value = enter_float_value


def _argument(path: Sequence[str | int], holders: Sequence[Holder]) -> str:
    """The argument, or the variable whose default value it is, and the path within it; each holder has a key of it."""
    names: list[str] = []
    for key, holder, before in zip(path, holders, ("", *path), strict=False):
        if isinstance(holder, VariableDefinitionNode):
            names = [f"${holder.variable.name.value}"]
        elif isinstance(holder, ArgumentNode | ObjectFieldNode):
            names.append(holder.name.value)
        elif before == "values":
            names.append(str(key))
    return ".".join(names)
