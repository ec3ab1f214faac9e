"""The examination of a document: is it within the limits, and valid?"""

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    ValuesOfCorrectTypeRule,
    parse,
    specified_rules,
    validate,
)

from schema.errors import ErrorCode
from server.admission.document_limits import MAX_VALUE_DEPTH, DocumentLimits, TooLarge
from server.admission.finite_floats import FiniteFloats
from server.admission.line_index import LineIndexedSource
from server.admission.literal_values import LiteralValues
from server.admission.measure import measure
from server.admission.overlapping_fields import count_repeats

_RULES = (*(LiteralValues if rule is ValuesOfCorrectTypeRule else rule for rule in specified_rules), FiniteFloats)
_MOST_ERRORS = 5
_TOO_MANY_TOKENS = "Document contains more than {} tokens. Parsing aborted."
_INTROSPECTION_OFF = "The schema can't be asked for here: introspection is off."


class Invalid(Exception):
    """The document was parsed and is within the limits, and yet has errors, each with a code."""

    def __init__(self, node: DocumentNode, errors: list[GraphQLError]) -> None:
        super().__init__(errors[0].message)
        self.node = node
        self.errors = errors


class Examiner:
    """Examines documents for one schema; `suggestions` are the names that errors propose instead of unknown ones."""

    def __init__(
        self, schema: GraphQLSchema, limits: DocumentLimits, *, introspection: bool = True, suggestions: bool = True
    ) -> None:
        self._schema = schema
        self._limits = limits
        self._introspection = introspection
        self._suggestions = suggestions

    def examine(self, text: str) -> DocumentNode:
        """Parses, measures and validates, in this order. Raises GraphQLError at the first two, Invalid at the last."""
        node = self._parse(text)
        self._check(node)
        errors = validate(self._schema, node, _RULES, max_errors=_MOST_ERRORS, hide_suggestions=not self._suggestions)
        if errors:
            for each in errors:
                each.extensions = {"code": ErrorCode.GRAPHQL_VALIDATION_FAILED.value} | (each.extensions or {})
            raise Invalid(node, errors)
        return node

    def _parse(self, text: str) -> DocumentNode:
        limits = self._limits
        if len(text) > limits.length:
            raise TooLarge("characters in the document", len(text), limits.length)
        try:
            return _without_tokens(parse(LineIndexedSource(text), max_tokens=limits.tokens))
        except GraphQLError as error:
            if error.message.endswith(_TOO_MANY_TOKENS.format(limits.tokens)):
                raise TooLarge("tokens in the document", None, limits.tokens) from error
            error.extensions = {"code": ErrorCode.GRAPHQL_PARSE_FAILED.value}
            raise

    def _check(self, node: DocumentNode) -> None:
        """Raises TooLarge for the first limit that the document is beyond."""
        limits, found = self._limits, measure(node)
        for what, count, limit in (
            ("characters in a name", found.longest_name, limits.name),
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
