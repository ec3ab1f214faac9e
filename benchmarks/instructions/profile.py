"""What callgrind counted: instructions in all, and of each Python function with all that it called.

Files: https://valgrind.org/docs/manual/cl-format.html and Python's own list of where its functions' code is,
https://docs.python.org/3/howto/perf_profiling.html
"""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_PYTHON = "py::"
_NAME = re.compile(r"\((\d+)\)(?: (.*?)(?:'\d+)?)?$")


class Profile(NamedTuple):
    """Instructions; `functions` need a Python that writes where their code is, from 3.12 on."""

    total: int
    functions: Counter[str]


class _Map:
    """Python functions by the addresses of their code."""

    def __init__(self, file: Path) -> None:
        lines = file.read_text().splitlines() if file.exists() else []
        entries = sorted((int(start, 16), int(size, 16), name) for start, size, name in map(_split, lines))
        self._entries = entries
        self._starts = [start for start, _, _ in entries]

    def name(self, address: int) -> str | None:
        place = bisect_right(self._starts, address) - 1
        if place < 0:
            return None
        start, size, name = self._entries[place]
        return name if address < start + size and name.startswith(_PYTHON) else None


def _split(line: str) -> list[str]:
    return line.split(" ", 2)


def read_profile(counted: Path, addresses: Path) -> Profile:
    """Of callgrind's file and Python's map."""
    text = counted.read_text()
    total = re.search(r"^totals: (\d+)", text, re.MULTILINE)
    assert total is not None, text[:1000]
    functions: Counter[str] = Counter()
    for name, instructions in _calls(text, _Map(addresses)):
        functions[name] += instructions
    return Profile(int(total[1]), functions)


def _calls(text: str, addresses: _Map) -> Iterator[tuple[str, int]]:
    """Each place where a Python function was called, and what its calls from there cost."""
    names: dict[str, str | None] = {}
    called: str | None = None
    costs_follow = False
    for line in text.splitlines():
        kind, _, value = line.partition("=")
        if kind in ("fn", "cfn"):
            found = _NAME.match(value)
            assert found is not None, line
            if found[2]:
                is_unknown = found[2].startswith("0x")
                names[found[1]] = addresses.name(int(found[2], 16)) if is_unknown else None
            if kind == "cfn":
                called = names[found[1]]
        elif kind == "calls":
            costs_follow = True
        elif costs_follow:
            costs_follow = False
            if called is not None:
                yield called.removeprefix(_PYTHON), int(line.split()[1])
