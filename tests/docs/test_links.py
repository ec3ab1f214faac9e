"""Every link of the documentation leads somewhere, and every path that it names exists."""

import re
from pathlib import Path

import pytest

from tests.docs.pages import FOLDERS, PAGES, ROOT, anchors_of, links_of, paths_of, prose_of

INDEX = ROOT / "docs" / "README.md"
WIDTH = 120
UNWRAPPED = re.compile(r"\s*(\||#|!\[|`[\w/.]+`, (below|above|in place of) )")
"""Rows of tables, headings, pictures, and the places that a how-to page names."""
# History tells of files as they were.
CURRENT = [page for page in PAGES if "history" not in page.parts]


def named(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_relative_link_leads_to_a_file_and_a_heading(page: Path) -> None:
    broken = []
    for link in links_of(page):
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        if not target.exists() or (anchor and anchor not in anchors_of(target)):
            broken.append(link)
    assert broken == []


@pytest.mark.parametrize("page", CURRENT, ids=named)
def test_every_path_in_backquotes_exists(page: Path) -> None:
    # The built page is made by an installation, and docs/howto names files that its reader makes.
    made = ("server/static/",)
    missing = [path for path in paths_of(page) if not (ROOT / path).exists() and not path.startswith(made)]
    if page.parent.name == "howto":
        missing = [path for path in missing if f"`{path}`, a new file" not in page.read_text(encoding="utf-8")]
    assert missing == []


@pytest.mark.parametrize("page", [page for page in PAGES if page.parent != ROOT and page != INDEX], ids=named)
def test_every_page_is_reached_from_the_index(page: Path) -> None:
    indexes = [INDEX, ROOT / "docs" / "decisions" / "README.md"]
    linked = {(index.parent / link.partition("#")[0]).resolve() for index in indexes for link in links_of(index)}
    assert page in linked


def test_every_page_that_the_sources_name_exists() -> None:
    sources = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.suffix in (".py", ".sql")]
    named_pages = {
        (path.relative_to(ROOT).as_posix(), page)
        for path in sources
        for page in re.findall(r"(?<![\w/.])docs/[\w/-]+\.md", path.read_text(encoding="utf-8"))
    }
    assert len(named_pages) > 10
    assert sorted(use for use in named_pages if not (ROOT / use[1]).exists()) == []


@pytest.mark.parametrize("page", CURRENT, ids=named)
def test_prose_wraps(page: Path) -> None:
    lines = prose_of(page).splitlines()
    assert [line for line in lines if len(line) > WIDTH and not UNWRAPPED.match(line)] == []
