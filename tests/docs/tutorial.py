"""Builds the tutorial's page from the tutorial's text: `python -m tests.docs.tutorial FOLDER`.

Runs its commands and writes its files in their order, so it needs npm and its registry, and takes a minute or two.
"""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.docs.pages import ROOT

PAGE = ROOT / "docs" / "tutorial" / "listings-page.md"
_STEP = re.compile(
    r"^(?:`(?P<file>[\w./]+)`(?:, (?P<where>at the top|in place of everything from `(?P<line>[^`]+)`))?:\n\n)?"
    r"```(?P<kind>\w+)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


class Step(NamedTuple):
    """A block of the page: a command of kind `sh`, or the text of a `file`.

    `where` is `at the top`, or in place of what follows from `line`; by default the text is the whole file.
    """

    kind: str
    text: str
    file: str | None
    where: str | None
    line: str | None


def steps() -> Iterator[Step]:
    """The page's steps in order. Blocks of `text` and `graphql` are for the reader alone."""
    for found in _STEP.finditer(PAGE.read_text(encoding="utf-8")):
        if found["kind"] not in ("text", "graphql"):
            yield Step(found["kind"], found["text"], found["file"], found["where"], found["line"])


def write(step: Step, folder: Path) -> None:
    """Do what the step says to its file."""
    assert step.file is not None, step.text
    path = folder / step.file
    path.parent.mkdir(parents=True, exist_ok=True)
    before = path.read_text(encoding="utf-8") if step.where else ""
    if step.where == "at the top":
        text = step.text + before
    elif step.line is not None:
        text = before[: before.index(step.line)] + step.text
    else:
        text = step.text
    path.write_text(text, encoding="utf-8")


def build(parent: Path) -> Path:
    """The folder of the finished page. Raises CalledProcessError for a command that fails."""
    folder = parent / "listings"
    for step in steps():
        if step.kind != "sh":
            write(step, folder)
            continue
        inside = parent if step.text.startswith("mkdir") else folder
        subprocess.run(["bash", "-ec", step.text], cwd=inside, check=True)
        if step.text.startswith("mkdir"):
            shutil.copy(ROOT / "schema" / "schema.graphql", folder)
    return folder


if __name__ == "__main__":
    build(Path(sys.argv[1]))
