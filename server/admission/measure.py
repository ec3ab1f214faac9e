"""A document's measures, fragments counted wherever they are spread.

Each fragment is measured once and its measures added where it is spread, so that fragments spread in fragments, which
stand for a document of exponential size, take no longer than others.
"""

from collections.abc import Iterator

import msgspec
from graphql import (
    DirectiveNode,
    DocumentNode,
    EnumValueNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    ListValueNode,
    NameNode,
    Node,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
)

from schema.errors import ErrorCode
from server.admission.document_limits import COUNTED

Definition = OperationDefinitionNode | FragmentDefinitionNode
_INTROSPECTION = ("__schema", "__type")


class Spread(msgspec.Struct):
    """Where a fragment is spread: below so many fields, and so many of introspection."""

    name: str
    depth: int
    introspection_depth: int
    is_root: bool


class Measures(msgspec.Struct):
    """Of one definition, at first without its fragments, which are added when their own are complete."""

    fields: int = 0
    root_fields: int = 0
    aliases: int = 0
    depth: int = 0
    introspection_depth: int = 0
    spreads: list[Spread] = []

    def add(self, other: "Measures", spread: Spread) -> None:
        """Count what the spread fragment holds."""
        self.fields = min(self.fields + other.fields, COUNTED)
        self.aliases = min(self.aliases + other.aliases, COUNTED)
        self.depth = max(self.depth, spread.depth + other.depth)
        self.introspection_depth = max(self.introspection_depth, spread.introspection_depth + other.introspection_depth)
        if spread.is_root:
            self.root_fields = min(self.root_fields + other.root_fields, COUNTED)


class DocumentMeasures(msgspec.Struct):
    """Of a whole document: sums over its definitions for what validation has to look at, else the greatest."""

    operations: int
    fields: int
    root_fields: int
    aliases: int
    depth: int
    introspection_depth: int
    directives: int
    value_depth: int
    longest_name: int

    @property
    def introspects(self) -> bool:
        """Whether it asks for the schema."""
        return self.introspection_depth > 0


def measure(document: DocumentNode) -> DocumentMeasures:
    """Raises GraphQLError for fragments that spread each other in a circle."""
    definitions = [node for node in document.definitions if isinstance(node, Definition)]
    operations = [node for node in definitions if isinstance(node, OperationDefinitionNode)]
    fragments = {node.name.value: node for node in definitions if isinstance(node, FragmentDefinitionNode)}
    complete: dict[str, Measures] = {}
    for name in in_order(fragments):
        complete[name] = _with_fragments(_own(fragments[name]), complete)
    measured = [_with_fragments(_own(node), complete) for node in operations]
    directives, value_depth, longest_name = _directives_values_and_names(document)
    everything = [*measured, *complete.values()]
    return DocumentMeasures(
        operations=len(operations),
        fields=sum(each.fields for each in everything),
        root_fields=max((each.root_fields for each in measured), default=0),
        aliases=sum(each.aliases for each in measured),
        depth=max((each.depth for each in everything), default=0),
        introspection_depth=max((each.introspection_depth for each in everything), default=0),
        directives=directives,
        value_depth=value_depth,
        longest_name=longest_name,
    )


def in_order(fragments: dict[str, FragmentDefinitionNode]) -> Iterator[str]:
    """The fragments' names, each after those it spreads. Raises GraphQLError for a circle."""
    done: set[str] = set()
    for start in fragments:
        path: dict[str, Iterator[str]] = {} if start in done else {start: _spread_names(fragments[start])}
        while path:
            name, spreads = next(reversed(path.items()))
            inner = next((each for each in spreads if each in fragments and each not in done), None)
            if inner is None:
                del path[name]
                done.add(name)
                yield name
            elif inner in path:
                message = f'Fragment "{inner}" spreads itself, at once or through others.'
                extensions = {"code": ErrorCode.GRAPHQL_VALIDATION_FAILED.value}
                raise GraphQLError(message, fragments[inner], extensions=extensions)
            else:
                path[inner] = _spread_names(fragments[inner])


def _spread_names(fragment: FragmentDefinitionNode) -> Iterator[str]:
    pending: list[SelectionSetNode] = [fragment.selection_set]
    while pending:
        for node in pending.pop().selections:
            if isinstance(node, FragmentSpreadNode):
                yield node.name.value
            elif node.selection_set:  # type: ignore[attr-defined]
                pending.append(node.selection_set)  # type: ignore[attr-defined]


def _with_fragments(own: Measures, complete: dict[str, Measures]) -> Measures:
    for spread in own.spreads:
        if spread.name in complete:
            own.add(complete[spread.name], spread)
    return own


def _own(definition: Definition) -> Measures:
    """The definition's measures without what it spreads. Fields of introspection have a depth of their own.

    A level of introspection is None outside of it.
    """
    own = Measures(spreads=[])
    within = isinstance(definition, FragmentDefinitionNode) and definition.type_condition.name.value.startswith("__")
    pending: list[tuple[SelectionSetNode, int, int | None, bool]] = [
        (definition.selection_set, 0, 0 if within else None, True)
    ]
    while pending:
        selection_set, depth, level, is_root = pending.pop()
        for node in selection_set.selections:
            own.fields += 1
            if isinstance(node, FragmentSpreadNode):
                own.spreads.append(Spread(node.name.value, depth, level or 0, is_root))
            elif isinstance(node, FieldNode):
                own.root_fields += is_root
                below = _enter(own, node, depth, level)
                if node.selection_set:
                    pending.append((node.selection_set, *below, False))
            elif isinstance(node, InlineFragmentNode):
                pending.append((node.selection_set, depth, level, is_root))
    return own


def _enter(own: Measures, node: FieldNode, depth: int, level: int | None) -> tuple[int, int | None]:
    """Count a field; the depth and the level of what is selected of it."""
    own.aliases += node.alias is not None
    if level is None and node.name.value not in _INTROSPECTION:
        own.depth = max(own.depth, depth + 1)
        return depth + 1, None
    level = (level or 0) + 1
    own.introspection_depth = max(own.introspection_depth, level)
    return depth, level


def _directives_values_and_names(document: DocumentNode) -> tuple[int, int, int]:
    """The number of directives, the nesting of lists and objects, and the length of the longest name."""
    directives = deepest = longest = 0
    pending: list[tuple[Node, int]] = [(document, 0)]
    while pending:
        node, depth = pending.pop()
        directives += isinstance(node, DirectiveNode)
        if isinstance(node, ListValueNode | ObjectValueNode):
            depth += 1
            deepest = max(deepest, depth)
        elif isinstance(node, NameNode | EnumValueNode):
            longest = max(longest, len(node.value))
        for key in node.keys:
            value = getattr(node, key, None)
            if isinstance(value, Node):
                pending.append((value, depth))
            elif isinstance(value, list | tuple):
                pending.extend((each, depth) for each in value if isinstance(each, Node))
    return directives, deepest, longest
