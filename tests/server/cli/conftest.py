"""The command, run over a database of the test's own."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from server.cli.commands import freehold

Run = Callable[..., Result]


def runner_of(url: str) -> Run:
    """Runs `freehold` with these arguments over this database."""

    def run(*arguments: object, input: str | bytes | None = None) -> Result:
        environment = {"FREEHOLD_DATABASE_URL": url}
        return CliRunner().invoke(freehold, [str(each) for each in arguments], input=input, env=environment)

    return run


@pytest.fixture
def run(database_url: str) -> Run:
    """Runs `freehold` with these arguments, and `input` as standard input."""
    return runner_of(database_url)


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
