"""The pages of the documentation, and the paths that they name."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")])
FOLDERS = ("benchmarks", "docs", "examples", "executor", "explorer", "loaders", "schema", "server", "storage", "tests")
_LINK = re.compile(r"\]\((?P<target>[^)\s]+)\)")
_PATH = re.compile(rf"`(?P<path>(?:{'|'.join(FOLDERS)})/[\w./-]*)`")
_FENCE = re.compile(r"^ *```.*?^ *```$", re.MULTILINE | re.DOTALL)


def prose_of(page: Path) -> str:
    """The page's text without its blocks of code."""
    return _FENCE.sub("", page.read_text(encoding="utf-8"))


def links_of(page: Path) -> list[str]:
    """The targets of the page's links that lead to files or headings of this repository."""
    targets = [found["target"] for found in _LINK.finditer(prose_of(page))]
    return [target for target in targets if not target.startswith(("http://", "https://"))]


def paths_of(page: Path) -> list[str]:
    """The paths below the repository's folders that the page names in backquotes."""
    return [found["path"] for found in _PATH.finditer(prose_of(page))]


def anchors_of(page: Path) -> set[str]:
    """What GitHub makes of the page's headings: `## Behind a proxy` is `behind-a-proxy`."""
    headings = re.findall(r"^#+ (.+)$", prose_of(page), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
