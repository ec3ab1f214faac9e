"""The command `freehold`, run within the tests' process as its script runs it."""

import os
import sys
from collections.abc import Callable
from typing import NamedTuple
from unittest.mock import patch

import pytest

from server.cli import main


class Ended(NamedTuple):
    """How a command ended, and what it wrote."""

    status: int
    out: str
    err: str


def run_main(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str, **variables: str
) -> Ended:
    """Run it in this environment. An exception that `main` does not catch would be a traceback: it is raised."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "argv", ["freehold", *arguments])
    capsys.readouterr()
    with patch.dict(os.environ), pytest.raises(SystemExit) as ended:  # options of `serve` become variables
        main()
    status = ended.value.code
    return Ended(status if isinstance(status, int) else 1, *capsys.readouterr())


Run = Callable[..., Ended]


def assert_explained(ended: Ended, variable: str, *, lines: int = 1) -> None:
    """One line, or so many, which begins with the variable and shows neither a secret nor Python."""
    assert ended.status != 0
    assert ended.err.startswith(f"Error: {variable}"), ended.err
    assert len(ended.err.splitlines()) <= lines, ended.err
    for unwanted in ("hunter2", "Traceback", "Error(", "Exception", "pydantic", "asyncpg", "errno", "Errno", "<class"):
        assert unwanted not in ended.err, ended.err
