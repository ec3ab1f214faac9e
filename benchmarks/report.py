"""Results: a JSON file for programs, a Markdown file for people."""

import json
import platform
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"


def describe_machine(*packages: str) -> dict[str, str]:
    """What the figures hang on."""
    return {
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
        **{package: version(package) for package in packages},
    }


def table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    """A Markdown table."""
    lines = [list(columns), ["---"] * len(columns), *[[str(cell) for cell in row] for row in rows]]
    return [f"| {' | '.join(line)} |" for line in lines]


def write_results(name: str, lines: Sequence[str], results: Any, machine: dict[str, str]) -> str:
    """Write `results/name.json` and `results/name.md`; the latter's text."""
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.json").write_text(json.dumps({"machine": machine, "results": results}, indent=2) + "\n")
    described = ", ".join(f"{key} {value}" for key, value in machine.items())
    text = "\n".join([*lines, "", f"{described}.", ""])
    (RESULTS / f"{name}.md").write_text(text)
    return text
