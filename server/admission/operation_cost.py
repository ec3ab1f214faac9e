"""What an operation costs: compiled once for a valid document, worked out for each request's variables."""

from __future__ import annotations

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLField,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_list_type,
)
from msgspec.structs import replace

from schema.cost import FieldCost, Page, cost_of
from schema.errors import ErrorCode
from server.admission.argument_values import (
    ArgumentValues,
    sizes_of_defaults,
    values_of_arguments,
    values_of_variables,
)
from server.admission.filter_cost import FilterCost, filter_cost_of
from server.admission.overlapping_fields import Fragments, fragments_of
from server.admission.rows import ONE, Count, Variables, count_of
from server.admission.variable_values import NONE_LARGE, Sizes

Condition = tuple[str, bool]
"""A variable, and the value with which the field is answered."""


class Spending:
    """What one field and all that is selected of it cost."""

    __slots__ = (
        "arguments",
        "children",
        "conditions",
        "cost",
        "filter_cost",
        "fixed",
        "key",
        "reads_page",
        "rows",
        "times",
        "varying",
        "within",
    )

    def __init__(
        self, key: str, cost: FieldCost, rows: Count, conditions: tuple[Condition, ...], arguments: ArgumentValues
    ) -> None:
        self.key = key
        self.arguments = arguments
        self.cost = cost
        self.rows = rows
        self.conditions = conditions
        self.times = ONE
        self.filter_cost: FilterCost | None = None
        self.reads_page = False
        self.children: list[Spending] = []
        self.varying: list[Spending] = []
        self.within = 0
        self.fixed: int | None = None

    def close(self) -> None:
        """Fold what doesn't depend on variables; the children are complete."""
        self.varying = [child for child in self.children if child.fixed is None]
        self.within = self.cost.item + sum(child.fixed for child in self.children if child.fixed is not None)
        varies = self.filter_cost is not None and self.filter_cost.varies
        if not (varies or self.varying or self.conditions or self.rows.variables or self.times.variables):
            self.fixed = self._total({})

    def total(self, given: Variables) -> int:
        """Everything, with these variables."""
        return self._total(given) if self.fixed is None else self.fixed

    def beyond(self, given: Variables, sizes: Sizes) -> int:
        """What large variables add to the total."""
        if not self.is_asked(given):
            return 0
        within = sum(child.beyond(given, sizes) for child in self.children)
        return self.arguments.beyond(sizes) + within * self.times.of(given)

    def own(self, given: Variables, sizes: Sizes) -> int:
        """The field alone, once."""
        weight = self.cost.weight + self.arguments.beyond(sizes)
        if self.filter_cost is not None:
            weight += self.filter_cost.of(given)
        item = self.cost.item + self._missing(given, self._selected(given))
        return weight + self.cost.per_row * self.rows.of(given) + self.times.of(given) * item

    def is_asked(self, given: Variables) -> bool:
        """Whether @skip and @include let it be answered."""
        return all(given.get(name) in (wanted, None) for name, wanted in self.conditions)

    def _total(self, given: Variables) -> int:
        if self.conditions and not self.is_asked(given):
            return 0
        total = self.cost.weight
        if self.filter_cost is not None:
            total += self.filter_cost.of(given)
        if self.cost.per_row:
            total += self.cost.per_row * self.rows.of(given)
        inner = self._selected(given)
        return total + (inner + self._missing(given, inner)) * self.times.of(given)

    def _selected(self, given: Variables) -> int:
        """One object and what is selected of it."""
        inner = self.within
        for child in self.varying:
            inner += child.total(given)
        return inner

    def _missing(self, given: Variables, inner: int) -> int:
        """What `inner` lacks of what one object costs at least."""
        least = self.cost.least
        if self.reads_page:
            least += self.cost.item + self.rows.of(given)
        return max(0, least - inner)


class OperationCost:
    """The cost of one operation."""

    def __init__(self, root: Spending, defaults: Sizes) -> None:
        self._root = root
        self._defaults = defaults

    def of(self, given: Variables, sizes: Sizes = NONE_LARGE) -> int:
        """What it costs with these variables, large ones being of these sizes; at least 1."""
        total = self._root.total(given)
        if sizes or self._defaults:
            total += self._root.beyond(given, self._with_defaults(given, sizes))
        return max(1, total)

    def greatest(self, given: Variables, sizes: Sizes = NONE_LARGE) -> tuple[str, int]:
        """The path of the field that spends most by itself, and how much, all its answers together."""
        sizes = self._with_defaults(given, sizes)
        best = ("", 0)
        pending = [(child, 1, child.key) for child in self._root.children]
        while pending:
            spending, times, path = pending.pop()
            if not spending.is_asked(given):
                continue
            best = max(best, (path, times * spending.own(given, sizes)), key=lambda each: each[1])
            times *= spending.times.of(given)
            pending += [(child, times, f"{path}.{child.key}") for child in spending.children]
        return best

    def _with_defaults(self, given: Variables, sizes: Sizes) -> Sizes:
        return {**{name: size for name, size in self._defaults.items() if name not in given}, **sizes}


class CostExceeded(GraphQLError):
    """The operation costs more than one may."""

    def __init__(self, cost: int, limit: int, greatest: tuple[str, int]) -> None:
        path, spent = greatest
        super().__init__(
            f"The operation costs {cost}, more than the {limit} allowed; `{path}` spends most ({spent}). Ask for less.",
            extensions={
                "code": ErrorCode.COST_EXCEEDED.value,
                "cost": cost,
                "limit": limit,
                "field": path,
                "fieldCost": spent,
            },
        )


def compile_cost(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode) -> OperationCost:
    """For valid documents. A field whose @skip or @include hangs on a fragment counts as asked for."""
    compiler = _Compiler(schema, fragments_of(document), operation)
    variables = values_of_variables(operation)
    root = Spending("", FieldCost(weight=variables.weight, item=0), ONE, (), variables)
    root_type = schema.get_root_type(operation.operation)
    assert root_type is not None
    compiler.fill(root, root_type, [operation.selection_set])
    return OperationCost(root, sizes_of_defaults(operation))


class _Compiler:
    def __init__(self, schema: GraphQLSchema, fragments: Fragments, operation: OperationDefinitionNode) -> None:
        self._schema = schema
        self._fragments = fragments
        self._operation = operation

    def fill(self, spending: Spending, on: GraphQLNamedType, selection_sets: list[SelectionSetNode]) -> None:
        """Add what is selected of objects of this type. Fields of different types add up: any may be there."""
        for (type_name, key), nodes in self._merge(on, selection_sets).items():
            parent = self._schema.type_map[type_name]
            definition = self._schema.get_field(parent, nodes[0].name.value)  # type: ignore[arg-type]
            if definition is not None:
                self._add(spending, key, nodes, definition, type_name)
        spending.close()

    def _add(self, above: Spending, key: str, nodes: list[FieldNode], field: GraphQLField, type_name: str) -> None:
        named = get_named_type(field.type)
        cost = cost_of(type_name, nodes[0].name.value)
        arguments = values_of_arguments(nodes[0])
        if not is_composite_type(named):
            cost = replace(cost, item=0)
            if not (cost.weight or cost.per_row or arguments.fixed):
                return
        if arguments.weight:
            cost = replace(cost, weight=cost.weight + arguments.weight)
        rows = count_of(cost.rows, nodes[0], self._operation, above.rows)
        spending = Spending(key, cost, rows, _conditions(nodes[0]) if len(nodes) == 1 else (), arguments)
        spending.filter_cost = filter_cost_of(cost.narrowing, nodes[0], self._operation)
        if is_list_type(get_nullable_type(field.type)):
            spending.times = rows
        else:
            spending.reads_page = isinstance(cost.rows, Page)
        above.children.append(spending)
        self.fill(spending, named, [node.selection_set for node in nodes if node.selection_set])

    def _merge(
        self, on: GraphQLNamedType, selection_sets: list[SelectionSetNode]
    ) -> dict[tuple[str, str], list[FieldNode]]:
        groups: dict[tuple[str, str], list[FieldNode]] = {}
        pending = [(selection_set, on.name) for selection_set in reversed(selection_sets)]
        while pending:
            selection_set, type_name = pending.pop()
            for node in selection_set.selections:
                if isinstance(node, FieldNode):
                    groups.setdefault((type_name, (node.alias or node.name).value), []).append(node)
                elif isinstance(node, InlineFragmentNode):
                    condition = node.type_condition
                    pending.append((node.selection_set, type_name if condition is None else condition.name.value))
                elif isinstance(node, FragmentSpreadNode):
                    fragment = self._fragments[node.name.value]
                    pending.append((fragment.selection_set, fragment.type_condition.name.value))
        return groups


def _conditions(node: FieldNode) -> tuple[Condition, ...]:
    return tuple(
        (argument.value.name.value, directive.name.value == "include")
        for directive in node.directives or ()
        if directive.name.value in ("skip", "include")
        for argument in directive.arguments or ()
        if isinstance(argument.value, VariableNode)
    )
