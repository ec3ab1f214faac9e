"""No file but the adapters below touches a private attribute or module of a package that is not ours."""

import ast
import importlib
import inspect
import textwrap
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.docs.pages import ROOT

PACKAGES = ("schema", "loaders", "storage", "executor", "server")

# What is touched, and why no public name does it.
ADAPTERS: dict[str, set[str]] = {
    # Strawberry has no public name for graphql-core's schema.
    "schema/build.py": {"_schema"},
    "executor/_strawberry.py": {"_schema"},
    # prometheus_client observes one value at a time, which takes a twentieth of a request.
    "server/observability/request_metrics.py": {"_buckets", "_sum"},
    # uvicorn starts a pipelined request by this method alone.
    "server/runtime/uvicorn_protocol.py": {"_start_asgi_task"},
}
# The public methods of named tuples.
_PUBLIC = {"_asdict", "_fields", "_make", "_replace"}


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__") and name not in _PUBLIC


def files() -> list[Path]:
    return sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


def touched(path: Path) -> set[str]:
    """The private names of others that a file touches."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    inherited = {name for node in tree.body if isinstance(node, ast.ClassDef) for name in inherited_by(path, node)}
    ours = names_of_classes(tree)
    found = set(private_imports(tree))
    for node in ast.walk(tree):
        for owner, name in accesses(node):
            on_itself = isinstance(owner, ast.Name) and owner.id in ("self", "cls")
            if is_private(name) and (name in inherited or not (on_itself or name in ours)):
                found.add(name)
    return found


def accesses(node: ast.AST) -> Iterator[tuple[ast.expr, str]]:
    """Of `a._b` and of `getattr(a, "_b")`: `a` and `_b`."""
    if isinstance(node, ast.Attribute):
        yield node.value, node.attr
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id.endswith("attr"):
        match node.args:
            case [owner, ast.Constant(value=str(name)), *_]:
                yield owner, name


def private_imports(tree: ast.AST) -> Iterator[str]:
    """The private modules of others, and the private names of their modules, that are imported."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            package, *rest = name.split(".")
            if package not in PACKAGES and any(map(is_private, rest)):
                yield name


def names_of_classes(tree: ast.AST) -> set[str]:
    """The names that a file's classes give to their attributes and methods."""
    names: set[str] = set()
    for each in ast.walk(tree):
        if isinstance(each, ast.ClassDef):
            names |= names_of_class(each)
    return names


def names_of_class(definition: ast.ClassDef) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(definition):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            if isinstance(node.value, ast.Name) and node.value.id in ("self", "cls"):
                names.add(node.attr)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            names.add(node.value)  # of __slots__
    return names


def inherited_by(path: Path, definition: ast.ClassDef) -> set[str]:
    """The private names that a class has, or could overwrite, by a base that is not ours."""
    if not definition.bases:
        return set()
    module = importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    found = getattr(module, definition.name, None)
    bases = inspect.getmro(found)[1:] if inspect.isclass(found) else ()
    return {name for base in bases for name in names_of_base(base)}


@cache
def names_of_base(base: type) -> frozenset[str]:
    if base.__module__.partition(".")[0] in PACKAGES or base.__module__ in ("abc", "builtins", "enum", "typing"):
        return frozenset()
    try:
        source = textwrap.dedent(inspect.getsource(base))
    except (OSError, TypeError):  # written in C
        return frozenset(filter(is_private, vars(base)))
    return frozenset(filter(is_private, names_of_classes(ast.parse(source))))


@pytest.mark.parametrize("path", files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_touches_the_private_names_of_others_that_its_adapter_lists(path: Path) -> None:
    assert touched(path) == ADAPTERS.get(str(path.relative_to(ROOT)), set())


@pytest.mark.parametrize(
    "text",
    [
        "import uvicorn\nuvicorn.server._captured = 1",
        "import jwt\ngetattr(jwt, '_parsed')",
        "from asyncpg._testbase import fuzzer",
        "from asyncpg import _version",
        "import prometheus_client\nclass Name:\n    def name(self, other):\n        return other._value",
    ],
)
def test_a_private_name_is_found_however_it_is_touched(tmp_path: Path, text: str) -> None:
    path = tmp_path / "module.py"
    path.write_text(text, encoding="utf-8")
    assert len(touched(path)) == 1


def test_every_adapter_is_a_file() -> None:
    assert [name for name in ADAPTERS if not (ROOT / name).is_file()] == []
