"""Fields that would be merged: validation compares each of one response name with each other of it.

Only for documents whose fields, fragments counted wherever they are spread, are within a limit.
"""

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
)

Fragments = dict[str, FragmentDefinitionNode]


def fragments_of(document: DocumentNode) -> Fragments:
    """The document's fragments by name."""
    return {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}


def count_repeats(document: DocumentNode) -> int:
    """Pairs of fields with one response name in one selection, in all definitions of the document."""
    fragments = fragments_of(document)
    repeats = 0
    pending: list[list[SelectionSetNode]] = [
        [node.selection_set]
        for node in document.definitions
        if isinstance(node, OperationDefinitionNode | FragmentDefinitionNode)
    ]
    while pending:
        for group in merge(pending.pop(), fragments).values():
            repeats += len(group) * (len(group) - 1) // 2
            nested = [field.selection_set for field in group if field.selection_set]
            if nested:
                pending.append(nested)
    return repeats


def merge(selection_sets: list[SelectionSetNode], fragments: Fragments) -> dict[str, list[FieldNode]]:
    """The fields of selections that make up one object, by response name; in no order worth relying on."""
    groups: dict[str, list[FieldNode]] = {}
    pending = list(reversed(selection_sets))
    while pending:
        for node in pending.pop().selections:
            if isinstance(node, FieldNode):
                groups.setdefault((node.alias or node.name).value, []).append(node)
            elif isinstance(node, InlineFragmentNode):
                pending.append(node.selection_set)
            elif isinstance(node, FragmentSpreadNode) and node.name.value in fragments:
                pending.append(fragments[node.name.value].selection_set)
    return groups
