"""What the executor uses of Strawberry and graphql-core: documented names, and two adapters for the rest."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import graphql
import pytest
import strawberry
from graphql import Executor, GraphQLResolveInfo, parse
from graphql.pyutils import Path as ResponsePath

import executor
from executor._graphql_core import Core, complete_leaf, leaf_variable
from executor._strawberry import (
    core_schema,
    executor_class,
    find_declared,
    info_class,
    reads_attribute,
    strawberry_schema,
    wraps_resolvers,
)

FOLDER = Path(executor.__file__).parent
ADAPTERS = {"_strawberry.py", "_graphql_core.py"}
DOCUMENTED = {
    "graphql",
    "graphql.execution",
    "graphql.pyutils",
    "strawberry",
    "strawberry.annotation",
    "strawberry.extensions",
    "strawberry.permission",
    "strawberry.schema",
    "strawberry.types.field",
}
MODULES = sorted(path for path in FOLDER.rglob("*.py") if path.name not in ADAPTERS)


@strawberry.type
class Query:
    name: str = "a"

    @strawberry.field
    def greeting(self, name: str) -> str:
        return f"Hello {name}"


SCHEMA = strawberry.Schema(Query)
CORE = core_schema(SCHEMA)


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(FOLDER)))
def test_a_module_imports_nothing_undocumented_but_through_the_adapters(path: Path) -> None:
    names = {name for name in imported(ast.parse(path.read_text())) if name.split(".")[0] in ("graphql", "strawberry")}
    assert names <= DOCUMENTED


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(FOLDER)))
def test_a_module_reads_private_attributes_of_its_own_objects_alone(path: Path) -> None:
    reads = (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Attribute))
    private = [read for read in reads if read.attr.startswith("_") and not read.attr.startswith("__")]
    owners = {read.value.id if isinstance(read.value, ast.Name) else ast.unparse(read.value) for read in private}
    assert owners <= {"self", "field"}


def test_strawberrys_schema_leads_to_graphql_cores_and_back() -> None:
    assert isinstance(CORE, graphql.GraphQLSchema)
    assert strawberry_schema(CORE) is SCHEMA
    assert issubclass(executor_class(SCHEMA), Executor)
    assert not wraps_resolvers(SCHEMA)


def test_a_field_leads_to_its_declaration() -> None:
    assert CORE.query_type is not None
    name, greeting = (find_declared(CORE, CORE.query_type.fields[key]) for key in ("name", "greeting"))
    assert name is not None
    assert greeting is not None
    assert (reads_attribute(name), reads_attribute(greeting)) == (True, False)
    assert info_class(SCHEMA) is strawberry.Info


def test_graphql_cores_executor_collects_fields_and_builds_infos() -> None:
    document = parse("query ($name: String!) { name again: greeting(name: $name) }")
    (operation,) = document.definitions
    assert isinstance(operation, graphql.OperationDefinitionNode)
    assert CORE.query_type is not None
    core = Core.build(Executor, CORE, document, (None, "context", {"name": "x"}, None), {})
    assert isinstance(core, Core)
    fields = core.collect_root(CORE.query_type, operation, core.variable_values, hide_suggestions=False)
    assert list(fields) == ["name", "again"]
    nodes = [detail.node for detail in fields["name"]]
    info = core.build_info(CORE.query_type.fields["name"], nodes, CORE.query_type, ResponsePath(None, "name", "Query"))
    assert isinstance(info, GraphQLResolveInfo)
    assert (info.context, info.field_name) == ("context", "name")
    assert callable(core.field_resolver)
    assert callable(core.type_resolver)


def test_an_invalid_request_is_its_errors() -> None:
    errors = Core.build(Executor, CORE, parse("query ($name: String!) { name }"), (None, None, {}, None), {})
    assert isinstance(errors, list)
    assert [type(error) for error in errors] == [graphql.GraphQLError]


def test_a_leaf_is_completed_and_a_variable_of_a_leaf_is_coerced_by_graphql_core() -> None:
    assert complete_leaf(graphql.GraphQLInt, "3") == 3
    (operation,) = parse("query ($name: String!, $names: [String]) { name }").definitions
    assert isinstance(operation, graphql.OperationDefinitionNode)
    assert operation.variable_definitions
    name, names = operation.variable_definitions
    found = leaf_variable(CORE, name)
    assert found is not None
    assert (found[0], found[1]("x"), leaf_variable(CORE, names)) == ("name", "x", None)
