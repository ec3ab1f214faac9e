"""A SQLite file that another process writes to: commands say soon that they wait, and at last what to do."""

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from storage.errors import Unavailable
from storage.opening import sqlite_path
from tests.server.cli.conftest import runner_of
from tests.server.cli.test_forbidden_files import run_as_others
from tests.server.command_line import assert_explained

ADVICE = "let it finish, or end it (`fuser` lists the processes that have a file open), and try again"


@pytest.fixture
def locked_url(sqlite_url: str) -> Iterator[str]:
    """A migrated file to which another writes."""
    with closing(sqlite3.connect(sqlite_path(sqlite_url), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield sqlite_url


@pytest.mark.parametrize("command", ["import a.ndjson", "seed --owners 1 --properties 0"])
def test_a_command_that_writes_says_that_it_waits_and_what_to_do(
    locked_url: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    command: str,
) -> None:
    monkeypatch.setattr("server.cli.import_file.WAIT", 1.5)
    monkeypatch.setattr("server.cli.seed.WAIT", 1.5)
    Path("a.ndjson").write_text('{"type": "owner", "reference": "1", "name": "Ada", "email": "ada@example.org"}\n')
    ended = runner_of(locked_url)(*command.split())
    path = sqlite_path(locked_url)
    said = f"SQLite: another process is writing to {path}: waiting for it, for up to 1.5 seconds"
    assert [(each.levelno, each.getMessage()) for each in caplog.records] == [(logging.WARNING, said)]
    assert isinstance(ended.exception, Unavailable)
    assert str(ended.exception) == f"SQLite: another process has kept {path} locked for 1.5 seconds: {ADVICE}"


@pytest.mark.parametrize("command", ["migrate", "migrate --status", "export -", "seed --if-empty"])
def test_a_command_with_nothing_to_write_waits_for_nobody(
    sqlite_url: str, caplog: pytest.LogCaptureFixture, command: str
) -> None:
    run = runner_of(sqlite_url)
    assert run("seed", "--owners", 1, "--properties", 0).exit_code == 0
    with closing(sqlite3.connect(sqlite_path(sqlite_url), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert run(*command.split()).exit_code == 0
    assert not caplog.records


def test_a_migration_that_is_missing_waits_for_another_process_and_says_so(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("server.cli.migrate._WAIT", 1.5)
    with closing(sqlite3.connect(sqlite_path(sqlite_url), isolation_level=None)) as other:
        other.execute("DELETE FROM schema_migrations WHERE version = 6")
        other.execute("BEGIN IMMEDIATE")
        ended = runner_of(sqlite_url)("migrate")
    assert isinstance(ended.exception, Unavailable)
    assert "has kept" in str(ended.exception)
    assert "waiting for it, for up to 1.5 seconds" in caplog.text


def test_a_file_that_another_holds_alone_is_told_within_the_deadline_for_connecting(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FREEHOLD_CONNECT_TIMEOUT", "0.5")
    path = sqlite_path(sqlite_url)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA journal_mode = DELETE")
        other.execute("BEGIN EXCLUSIVE")
        ended = runner_of(sqlite_url)("seed")
    assert isinstance(ended.exception, Unavailable)
    assert f"another process has kept {path} locked for 0.5 seconds" in str(ended.exception)


@pytest.mark.parametrize("command", ["export -", "serve"])
def test_a_file_beside_which_no_room_is_left_is_told(sqlite_url: str, command: str) -> None:
    """A limit of this process's files stands for a full disk."""
    limit = ("prlimit", "--fsize=16384")
    ended = run_as_others(*command.split(), under=limit, FREEHOLD_DATABASE_URL=sqlite_url)
    assert_explained(ended, f"FREEHOLD_DATABASE_URL: SQLite can't open {sqlite_path(sqlite_url)}: ")
    assert "no room is left on the file system; even to read needs some, for -wal and -shm" in ended.err
