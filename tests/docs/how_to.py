"""How-to pages as edits: each step names a file and a place in it, and has a block of text for it."""

import re
from pathlib import Path
from typing import NamedTuple

_STEP = re.compile(
    r"^ *`(?P<file>[\w/.]+)`, (?P<where>a new file|at its end|below|above|in place of)(?: `(?P<line>[^`]+)`)?:\n\n"
    r"(?P<indent> *)```\w+\n(?P<text>.*?)^(?P=indent)```$",
    re.MULTILINE | re.DOTALL,
)


class Step(NamedTuple):
    """Put `text` into `file`: `where`, seen from the one line of it that begins with `line`."""

    file: str
    where: str
    line: str | None
    text: str


def steps_of(page: Path) -> list[Step]:
    """The page's steps. Raises ValueError if one of its places is written in another way."""
    markdown = page.read_text(encoding="utf-8")
    steps = [
        Step(found["file"], found["where"], found["line"], _unindented(found["text"], len(found["indent"])))
        for found in _STEP.finditer(markdown)
    ]
    blocks = len(re.findall(r"^ *```(?:python|sql)$", markdown, re.MULTILINE))
    if blocks != len(steps):
        raise ValueError(f"{page} has {blocks} blocks, and {len(steps)} of them say where they go")
    return steps


def apply(step: Step, root: Path) -> None:
    """Edit the file below `root`. Raises ValueError unless exactly one line is meant."""
    path = root / step.file
    if step.where == "a new file":
        path.write_text(step.text, encoding="utf-8")
        return
    text = path.read_text(encoding="utf-8")
    if step.where == "at its end":
        path.write_text(text + step.text, encoding="utf-8")
        return
    lines = text.splitlines(keepends=True)
    wanted = (step.line or "").strip()
    places = [number for number, line in enumerate(lines) if line.strip().startswith(wanted)]
    if len(places) != 1:
        raise ValueError(f"{len(places)} lines of {step.file} begin with {step.line!r}")
    start = places[0] + (step.where == "below")
    end = start + (step.where == "in place of")
    path.write_text("".join([*lines[:start], step.text, *lines[end:]]), encoding="utf-8")


def _unindented(text: str, indent: int) -> str:
    return re.sub(rf"^ {{{indent}}}", "", text, flags=re.MULTILINE)
