"""The schema of all types, and its text."""

from collections.abc import Callable, Iterable
from typing import Any

import strawberry
from strawberry.extensions import SchemaExtension
from strawberry.schema.config import StrawberryConfig

from schema.mutation import Mutation
from schema.query import Query
from schema.scalar import SCALARS


def build_schema(
    extensions: Iterable[type[SchemaExtension] | Callable[[], SchemaExtension]] = (),
) -> strawberry.Schema:
    """Freehold's schema. Build it once: it holds no state of a request."""
    return strawberry.Schema(
        query=Query,
        mutation=Mutation,
        extensions=list(extensions),
        config=StrawberryConfig(scalar_map=SCALARS),
    )


def schema_text(schema: Any) -> str:
    """The schema in SDL, as schema/schema.graphql holds it."""
    return f"{schema.as_str().strip()}\n"
