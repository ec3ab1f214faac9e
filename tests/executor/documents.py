"""Random valid documents for any schema: aliases, fragments, conditions, merged fields, arguments."""

from __future__ import annotations

from random import Random
from typing import Any
from zlib import crc32

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInputType,
    GraphQLSchema,
    get_named_type,
    is_abstract_type,
    is_composite_type,
    is_enum_type,
    is_input_object_type,
    is_list_type,
    is_non_null_type,
    is_required_argument,
    is_required_input_field,
)

SCALARS: dict[str, list[str]] = {
    "Int": ["0", "1", "2", "3"],
    "Float": ["0.5", "1"],
    "String": ['"a"', '"b"'],
    "ID": ['"house-1"', '"person-0"'],
    "Boolean": ["true", "false"],
}


class Documents:
    """Builds the text of an operation; `literals` has what to write, by scalar or by `Type.field.argument`."""

    def __init__(self, schema: GraphQLSchema, random: Random, literals: dict[str, list[str]] | None = None) -> None:
        self.schema = schema
        self.random = random
        self.literals = {**SCALARS, **(literals or {})}
        self.fragments: list[str] = []

    def operation(self, kind: str = "query", depth: int = 3) -> str:
        root = {"query": self.schema.query_type, "mutation": self.schema.mutation_type}[kind]
        assert root is not None
        selection = self.selection(root, depth)
        head = f"{kind} Random($yes: Boolean = true, $no: Boolean! = false) "
        return "\n".join([head + selection, *self.fragments])

    def selection(self, type_: Any, depth: int) -> str:
        random = self.random
        parts = [self.part(type_, depth) for _ in range(random.randint(1, 4))]
        return "{ __typename " + " ".join(parts) + " }"

    def part(self, type_: Any, depth: int) -> str:
        choice = self.random.random()
        if choice > 0.25 or depth <= 0:
            return self.field(type_, depth)
        possible = self.schema.get_possible_types(type_) if is_abstract_type(type_) else [type_]
        inner = self.random.choice([type_, *possible])
        body = self.selection(inner, depth - 1)
        if choice > 0.12:
            return f"... on {inner} {self.condition()} {body}"
        name = f"F{len(self.fragments)}"
        self.fragments.append(f"fragment {name} on {inner} {body}")
        return f"...{name} {self.condition()} ...{name}"

    def field(self, type_: Any, depth: int) -> str:
        fields: dict[str, GraphQLField] = getattr(type_, "fields", {})
        names = [
            name for name, field in fields.items() if depth > 0 or not is_composite_type(get_named_type(field.type))
        ]
        if not names:
            return "__typename"
        name = self.random.choice(names)
        field = fields[name]
        arguments = self.arguments(type_, name, field)
        alias = f"{name}_{crc32(arguments.encode()) % 1000}" if arguments else name
        label = f"{alias}: " if alias != name or self.random.random() < 0.1 else ""
        inner = get_named_type(field.type)
        body = self.selection(inner, depth - 1) if is_composite_type(inner) else ""
        return f"{label}{name}{arguments} {self.condition()} {body}"

    def condition(self) -> str:
        if self.random.random() > 0.2:
            return ""
        value = self.random.choice(["$yes", "$no", "true", "false"])
        return f"@{self.random.choice(['skip', 'include'])}(if: {value})"

    def arguments(self, type_: Any, name: str, field: GraphQLField) -> str:
        given = [
            f"{argument}: {self.literal(definition.type, f'{type_}.{name}.{argument}')}"
            for argument, definition in field.args.items()
            if self.needed(definition)
        ]
        return f"({', '.join(given)})" if given else ""

    def needed(self, definition: GraphQLArgument) -> bool:
        return is_required_argument(definition) or self.random.random() < 0.4

    def literal(self, type_: GraphQLInputType, place: str) -> str:
        if place in self.literals:
            return self.random.choice(self.literals[place])
        if is_non_null_type(type_):
            return self.literal(type_.of_type, place)
        if is_list_type(type_):
            return f"[{', '.join(self.literal(type_.of_type, place) for _ in range(self.random.randrange(3)))}]"
        if is_enum_type(type_):
            return str(self.random.choice([*type_.values]))
        if is_input_object_type(type_):
            return self.input_object(type_, place)
        literal: str = self.random.choice(self.literals[get_named_type(type_).name])
        return literal

    def input_object(self, type_: Any, place: str) -> str:
        names = list(type_.fields)
        if type_.is_one_of:
            names = [self.random.choice(names)]
        else:
            names = [n for n in names if is_required_input_field(type_.fields[n]) or self.random.random() < 0.5]
        given = [f"{name}: {self.literal(type_.fields[name].type, f'{place}.{name}')}" for name in names]
        return f"{{{', '.join(given)}}}"
