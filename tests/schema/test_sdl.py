"""The schema's text."""

from pathlib import Path

from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLInterfaceType, GraphQLObjectType

import schema
from schema.build import schema_text
from tests.graphql import SCHEMA

COMMITTED = Path(schema.__path__[0]) / "schema.graphql"


def test_the_committed_schema_is_true() -> None:
    assert COMMITTED.read_text(encoding="utf-8") == schema_text(SCHEMA), "run: freehold schema > schema/schema.graphql"


def test_everything_has_a_description() -> None:
    undescribed = []
    for name, of_type in SCHEMA._schema.type_map.items():
        if name.startswith("__") or name in {"String", "Int", "Float", "Boolean", "ID"}:
            continue
        parts = {name: of_type}
        if isinstance(of_type, GraphQLObjectType | GraphQLInterfaceType):
            for field_name, field in of_type.fields.items():
                parts[f"{name}.{field_name}"] = field
                parts |= {f"{name}.{field_name}({argument})": value for argument, value in field.args.items()}
        elif isinstance(of_type, GraphQLInputObjectType):
            parts |= {f"{name}.{field_name}": field for field_name, field in of_type.fields.items()}
        elif isinstance(of_type, GraphQLEnumType):
            parts |= {f"{name}.{value_name}": value for value_name, value in of_type.values.items()}
        undescribed += [part for part, definition in parts.items() if not definition.description]
    assert undescribed == []
