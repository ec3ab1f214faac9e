"""The pages that lead through the code name only what can be found in it."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.pages import ROOT

PAGES = [ROOT / "docs" / "explanation" / name for name in ("a-query.md", "a-write.md")]
FOLDERS = ("server", "schema", "loaders", "storage", "executor")
OF_LANGUAGES = {"BEGIN", "IMMEDIATE", "COMMIT", "NOTIFY", "GET", "POST"}
MOST_FILES = 40


def words_of_the_code() -> set[str]:
    files = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.suffix in (".py", ".sql")]
    return {word for path in files for word in re.findall(r"\w+", path.read_text(encoding="utf-8"))}


def names_of(page: Path) -> Iterator[str]:
    """Each name of the page: in backquotes, and in its diagram those that are written as names are."""
    text = page.read_text(encoding="utf-8")
    (diagram,) = re.findall(r"^```mermaid\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    for span in re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)):
        if not re.search(r"[/-]|^freehold ", span):
            yield from re.findall(r"[A-Za-z_]\w+", re.sub(r'"[^"]*"', "", span))
    yield from re.findall(r"\b(?:[A-Z]+[a-z]+[A-Z]\w+|[a-z]+_\w+|[A-Z]+_[A-Z_]+)\b", diagram.partition("\n")[2])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_name_on_the_way_is_a_word_of_the_code(page: Path) -> None:
    names = set(names_of(page)) - OF_LANGUAGES
    assert len(names) > 20
    assert sorted(names - words_of_the_code()) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_way_passes_fewer_files_than_a_reader_can_bear(page: Path) -> None:
    # Whoever reads with SQLite needs no file of Postgres.
    files = set(re.findall(r"`((?:server|schema|loaders|storage|executor)/[\w/]+\.py)`", page.read_text("utf-8")))
    assert 5 < len([file for file in files if not file.startswith("storage/postgres/")]) < MOST_FILES
