"""Documents that were found within the limits and valid, with what is known of them whatever the variables are."""

import msgspec
from graphql import (
    ASTValidationRule,
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    ValuesOfCorrectTypeRule,
    parse,
    validate,
)

from executor.lru import LRU
from schema.errors import ErrorCode
from schema.reads import Needs, needs_of
from server.limits.document_limits import MAX_VALUE_DEPTH, DocumentLimits, TooLarge
from server.limits.finite_floats import FiniteFloats
from server.limits.literal_values import LiteralValues
from server.limits.measure import measure
from server.limits.operation_cost import OperationCost, compile_cost
from server.limits.repeats import count_repeats

MOST_KNOWN = 1000
GREATEST = 1_000_000
"""Documents, and characters of them together, that are remembered."""
_MOST_ERRORS = 5
_TOO_MANY_TOKENS = "Document contains more than {} tokens. Parsing aborted."
_INTROSPECTION_OFF = "The schema can't be asked for here: introspection is off."


class Operation(msgspec.Struct, frozen=True):
    """One operation of a document; its `kind` is query, mutation or subscription."""

    name: str | None
    kind: str
    cost: OperationCost


class Document(msgspec.Struct, frozen=True):
    """A valid document's operations by name, None naming the only one; and what they need."""

    operations: dict[str | None, Operation]
    needs: Needs


class Invalid(Exception):
    """The document was parsed and is within the limits, and yet has errors, each with a code."""

    def __init__(self, node: DocumentNode, errors: list[GraphQLError]) -> None:
        super().__init__(errors[0].message)
        self.node = node
        self.errors = errors


class Documents:
    """Examines each text once, and remembers those that passed."""

    def __init__(self, limits: DocumentLimits, *, introspection: bool = True, suggestions: bool = True) -> None:
        self._limits = limits
        self._introspection = introspection
        self._suggestions = suggestions
        self._known = LRU[str, Document](MOST_KNOWN, GREATEST)

    def find(self, text: str) -> Document | None:
        """What is known of this text, if it was examined before."""
        return self._known.get(text)

    def examine(self, text: str, schema: GraphQLSchema, rules: tuple[type[ASTValidationRule], ...]) -> "Examined":
        """Parses, measures and validates, in this order. Raises GraphQLError at the first two, Invalid at the last."""
        node = self._parse(text)
        self._check(node)
        rules = (*(LiteralValues if rule is ValuesOfCorrectTypeRule else rule for rule in rules), FiniteFloats)
        errors = validate(schema, node, rules, max_errors=_MOST_ERRORS, hide_suggestions=not self._suggestions)
        if errors:
            for each in errors:
                each.extensions = {"code": ErrorCode.GRAPHQL_VALIDATION_FAILED.value} | (each.extensions or {})
            raise Invalid(node, errors)
        document = _know(schema, node)
        self._known.put(text, document, len(text))
        return Examined(node, document)

    def _parse(self, text: str) -> DocumentNode:
        limits = self._limits
        if len(text) > limits.length:
            raise TooLarge("characters in the document", len(text), limits.length)
        try:
            return _without_tokens(parse(text, max_tokens=limits.tokens))
        except GraphQLError as error:
            if error.message.endswith(_TOO_MANY_TOKENS.format(limits.tokens)):
                raise TooLarge("tokens in the document", None, limits.tokens) from error
            error.extensions = {"code": ErrorCode.GRAPHQL_PARSE_FAILED.value}
            raise

    def _check(self, node: DocumentNode) -> None:
        """Raises TooLarge for the first limit that the document is beyond."""
        limits, found = self._limits, measure(node)
        for what, count, limit in (
            ("operations", found.operations, limits.operations),
            ("fields, fragments counted wherever they are spread", found.fields, limits.fields),
            ("root fields", found.root_fields, limits.root_fields),
            ("levels of fields", found.depth, limits.depth),
            ("levels of introspection", found.introspection_depth, limits.introspection_depth),
            ("aliases", found.aliases, limits.aliases),
            ("directives", found.directives, limits.directives),
            ("levels of lists and objects", found.value_depth, MAX_VALUE_DEPTH),
        ):
            if count > limit:
                raise TooLarge(what, count, limit)
        if found.introspects and not self._introspection:
            raise GraphQLError(_INTROSPECTION_OFF, extensions={"code": ErrorCode.FORBIDDEN.value})
        repeats = count_repeats(node)
        if repeats > limits.repeats:
            raise TooLarge("pairs of fields with one response name", repeats, limits.repeats)


def _without_tokens(node: DocumentNode) -> DocumentNode:
    """Unlinks the tokens between nodes, which nothing reads after parsing, so that they are freed at once."""
    token = node.loc.start_token if node.loc else None
    while token is not None:
        following = token.next
        token.prev = token.next = None
        token = following
    return node


class Examined(msgspec.Struct, frozen=True):
    """A document that passed just now, still with its syntax tree."""

    node: DocumentNode
    document: Document


def _know(schema: GraphQLSchema, node: DocumentNode) -> Document:
    operations: dict[str | None, Operation] = {}
    definitions = [each for each in node.definitions if isinstance(each, OperationDefinitionNode)]
    for definition in definitions:
        name = definition.name.value if definition.name else None
        operations[name] = operation = Operation(
            name, definition.operation.value, compile_cost(schema, node, definition)
        )
    if len(definitions) == 1:
        operations[None] = operation
    return Document(operations, needs_of(schema, node))
