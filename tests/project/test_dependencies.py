"""What the code imports is declared, and what is declared is locked."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.docs.pages import ROOT

PRODUCT = ("schema", "loaders", "storage", "executor", "server")
TOOLS = ("benchmarks", "tests", "explorer")
_LOCKED = re.compile(r"^(?P<name>[a-z0-9-]+)==(?P<version>[^ ]+)(?: ; (?P<marker>.+?))? \\$", re.MULTILINE)


def declared(*extras: str) -> list[Requirement]:
    """The requirements of pyproject.toml, and of these extras."""
    project: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines: list[str] = list(project["dependencies"])
    for extra in extras:
        lines += project["optional-dependencies"][extra]
    return [Requirement(line) for line in lines]


def imported(folders: tuple[str, ...]) -> dict[str, Path]:
    """Each third-party package that the folders import, with a file that does."""
    found: dict[str, Path] = {}
    for folder in folders:
        for path in (ROOT / folder).rglob("*.py"):
            if "node_modules" in path.parts:
                continue
            for module in modules_of(ast.parse(path.read_text(encoding="utf-8"))):
                package = module.partition(".")[0]
                if package not in sys.stdlib_module_names and package not in (*PRODUCT, *TOOLS):
                    found[package] = path.relative_to(ROOT)
    return found


def modules_of(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module


def locked(name: str) -> dict[str, Version]:
    text = (ROOT / "requirements" / name).read_text(encoding="utf-8")
    return {match["name"]: Version(match["version"]) for match in _LOCKED.finditer(text)}


@pytest.mark.parametrize(
    ("folders", "extras"), [(PRODUCT, ()), (TOOLS, ("dev",))], ids=["the product", "tests and benchmarks"]
)
def test_every_package_that_is_imported_is_declared(folders: tuple[str, ...], extras: tuple[str, ...]) -> None:
    names = {canonicalize_name(requirement.name) for requirement in declared(*extras)}
    distributions = packages_distributions()
    packages = imported(folders)
    assert len(packages) > 5
    undeclared = {
        package: str(path)
        for package, path in packages.items()
        if names.isdisjoint(canonicalize_name(name) for name in distributions.get(package, ()))
    }
    assert undeclared == {}


@pytest.mark.parametrize(("name", "extras"), [("serve.txt", ()), ("dev.txt", ("dev",))])
def test_the_locked_versions_are_those_that_the_project_declares(name: str, extras: tuple[str, ...]) -> None:
    versions = locked(name)
    wrong = {
        str(requirement): str(versions.get(canonicalize_name(requirement.name)))
        for requirement in declared(*extras)
        if not requirement.specifier.contains(versions.get(canonicalize_name(requirement.name), Version("0")))
    }
    assert wrong == {}, "`make lock` renews requirements/"


def test_the_tests_run_with_the_versions_that_are_served() -> None:
    assert locked("serve.txt").items() <= locked("dev.txt").items()


@pytest.mark.parametrize("name", ["serve.txt", "dev.txt"])
def test_every_locked_version_has_hashes_and_no_address(name: str) -> None:
    text = (ROOT / "requirements" / name).read_text(encoding="utf-8")
    assert "//" not in text
    entries = re.split(r"\n(?=\S)", text.strip())
    assert len(entries) == len(locked(name))
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []
