"""`freehold` under a count of the bytecodes that its Python runs: `python -m benchmarks.server.bytecodes serve`.

Counts from SIGUSR1 to SIGUSR2, and then prints by package what it counted, as one line of JSON. Unlike time, the count
is the same on a machine that others keep busy; it says nothing of code in C.
"""

import json
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import FrameType
from typing import Any

from server.cli import main

Trace = Callable[[FrameType, str, Any], Any]

_ROOT = Path(__file__).parents[2]
_SITE = "site-packages"
_STANDARD = "Python's library"
_GENERATED = "generated"


def start_count(process: subprocess.Popen[str]) -> None:
    """Tell a server that runs this module to begin."""
    process.send_signal(signal.SIGUSR1)


def read_count(process: subprocess.Popen[str]) -> dict[str, int]:
    """Bytecodes by package since the start."""
    assert process.stdout is not None
    process.send_signal(signal.SIGUSR2)
    counted: dict[str, int] = json.loads(next(line for line in process.stdout if line.startswith("{")))
    return counted


class _Count:
    """What ran so far in this process, by package."""

    def __init__(self) -> None:
        self._bytecodes: Counter[str] = Counter()
        self._of_package = cache(self._make_trace)

    def start(self, *_: object) -> None:
        self._bytecodes.clear()
        sys.settrace(self._enter)

    def stop(self, *_: object) -> None:
        sys.settrace(None)
        sys.stdout.write(json.dumps(self._bytecodes) + "\n")
        sys.stdout.flush()

    def _enter(self, frame: FrameType, event: str, argument: object) -> Trace:
        frame.f_trace_opcodes = True
        frame.f_trace_lines = False
        return self._of_package(_package(frame.f_code.co_filename))

    def _make_trace(self, package: str) -> Trace:
        bytecodes = self._bytecodes

        def trace(frame: FrameType, event: str, argument: object) -> Trace:
            if event == "opcode":
                bytecodes[package] += 1
            return trace

        return trace


@cache
def _package(filename: str) -> str:
    if filename.startswith("<"):
        return _GENERATED
    path = Path(filename)
    if _SITE in path.parts:
        return Path(path.parts[path.parts.index(_SITE) + 1]).stem
    return path.relative_to(_ROOT).parts[0] if path.is_relative_to(_ROOT) else _STANDARD


if __name__ == "__main__":
    count = _Count()
    signal.signal(signal.SIGUSR1, count.start)
    signal.signal(signal.SIGUSR2, count.stop)
    main()
