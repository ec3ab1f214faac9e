"""The schema of all types, and its text."""

from collections.abc import Callable, Iterable
from typing import Any

import strawberry
from graphql import GraphQLError, GraphQLSchema
from strawberry.extensions import SchemaExtension
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext

from schema.mutation import Mutation
from schema.query import Query
from schema.scalar import SCALARS


class FreeholdSchema(strawberry.Schema):
    """Leaves errors to the server, which knows which of them are worth a log line."""

    @property
    def core(self) -> GraphQLSchema:
        """graphql-core's view of the schema, for which Strawberry has no public name."""
        return self._schema

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Log nothing."""


def build_schema(
    extensions: Iterable[type[SchemaExtension] | Callable[[], SchemaExtension]] = (),
) -> FreeholdSchema:
    """Freehold's schema. Build it once: it holds no state of a request."""
    return FreeholdSchema(
        query=Query,
        mutation=Mutation,
        extensions=list(extensions),
        config=StrawberryConfig(scalar_map=SCALARS),
    )


def schema_text(schema: Any) -> str:
    """The schema in SDL, as schema/schema.graphql holds it."""
    return f"{schema.as_str().strip()}\n"
