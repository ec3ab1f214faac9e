"""SQLite files that this process may not write: each command says so, and leaves nothing behind."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from storage.opening import sqlite_path
from tests.missing import skip_or_fail
from tests.server.command_line import Ended, assert_explained
from tests.server.process import environment

AS_OTHERS = ("setpriv", "--bounding-set=-dac_override,-dac_read_search")
"""Root's rights would open every file."""


@pytest.fixture
def path(sqlite_url: str, tmp_path: Path) -> Path:
    """A database in a folder of its own, closed."""
    folder = tmp_path / "data"
    folder.mkdir()
    return Path(shutil.move(sqlite_path(sqlite_url), folder / "x.db"))


def run(path: Path, *arguments: str) -> Ended:
    """Run the command on this file with the rights of a user that is not root."""
    return run_as_others(*arguments, FREEHOLD_DATABASE_URL=f"sqlite:///{path}")


def run_as_others(*arguments: str, under: Sequence[str] = (), **variables: str) -> Ended:
    """Run the command, itself run by `under`, with the rights of a user that is not root."""
    if os.geteuid() == 0 and shutil.which(AS_OTHERS[0]) is None:
        skip_or_fail("no setpriv, without which root may write everything")
    ended = subprocess.run(
        [*under, *(AS_OTHERS if os.geteuid() == 0 else ()), sys.executable, "-m", "server.cli", *arguments],
        env=environment(FREEHOLD_PORT="0", **variables),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return Ended(ended.returncode, ended.stdout, ended.stderr)


@pytest.mark.parametrize("command", ["serve", "export -", "migrate", "migrate --status", "seed"])
def test_a_file_that_may_not_be_written_is_refused_and_nothing_is_left_beside_it(path: Path, command: str) -> None:
    path.chmod(0o444)
    ended = run(path, *command.split())
    assert_explained(ended, f"FREEHOLD_DATABASE_URL: SQLite can't open {path}: this process may not read and write it")
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize(
    ("mode", "of_folder", "reason"),
    [
        (0o444, 0o555, "this process may not read and write it"),
        (0o200, 0o755, "this process may not read and write it"),
        (0o644, 0o555, "this process may not write into {folder}"),
    ],
)
def test_what_may_not_be_written_is_told_of_the_file_before_its_folder(
    path: Path, mode: int, of_folder: int, reason: str
) -> None:
    path.chmod(mode)
    path.parent.chmod(of_folder)
    ended = run(path, "export", "-")
    path.parent.chmod(0o755)
    assert_explained(ended, f"FREEHOLD_DATABASE_URL: SQLite can't open {path}: {reason.format(folder=path.parent)}\n")


@pytest.mark.parametrize("suffixes", [["-shm"], ["-wal"], ["-wal", "-shm"]])
def test_what_may_not_be_written_beside_a_file_is_named(path: Path, suffixes: list[str]) -> None:
    for suffix in suffixes:
        beside = path.with_name(path.name + suffix)
        beside.touch()
        beside.chmod(0o444)
    ended = run(path, "export", "-")
    names = " and ".join(f"x.db{suffix}" for suffix in suffixes)
    reason = f"this process may not read and write {names} beside it: give each the owner and mode of x.db\n"
    assert_explained(ended, f"FREEHOLD_DATABASE_URL: SQLite can't open {path}: {reason}")
