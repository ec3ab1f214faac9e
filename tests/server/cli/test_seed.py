"""`freehold seed`."""

import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from storage.errors import SchemaMismatch
from tests.server.cli.conftest import Run, runner_of
from tests.server.process import environment

_ENDLESS = """
import sys
from server.cli import main
from server.cli import seed

def build_demo(**arguments):
    print("begun", flush=True)
    while True:
        pass
    yield

seed.build_demo = build_demo
sys.argv = ["freehold", "seed"]
main()
"""


def test_it_writes_as_many_as_asked_for(run: Run) -> None:
    result = run("seed", "--owners", 7, "--properties", 30)
    assert result.exit_code == 0, result.output
    assert "owners: 7 created, " in result.stdout
    assert "properties: 30 created, " in result.stdout


def test_a_second_run_adds_nothing(run: Run) -> None:
    run("seed", "--owners", 7, "--properties", 30)
    before = run("export", "-").stdout
    assert (
        "properties: 0 created, 0 updated, 30 unchanged, 0 refused"
        in run("seed", "--owners", 7, "--properties", 30).stdout
    )
    assert run("export", "-").stdout == before


def test_data_of_other_arguments_lives_beside_it(run: Run) -> None:
    for arguments in (("--owners", 7, "--properties", 30), ("--owners", 8, "--properties", 30, "--seed", 2)):
        result = run("seed", *arguments)
        assert "properties: 30 created, 0 updated, 0 unchanged, 0 refused" in result.stdout
        assert result.stderr == ""


def test_the_same_seed_gives_the_same_data_everywhere(sqlite_url: str, postgres_url: str) -> None:
    exports = []
    for url in (sqlite_url, postgres_url):
        run = runner_of(url)
        run("seed", "--owners", 7, "--properties", 30, "--seed", 5)
        exports.append(run("export", "-").stdout_bytes)
    assert exports[0] == exports[1]
    assert exports[0]


def test_if_empty_does_nothing_when_there_are_owners(run: Run) -> None:
    assert "owners: 2 created" in run("seed", "--owners", 2, "--properties", 2, "--if-empty").stdout
    result = run("seed", "--owners", 9, "--properties", 9, "--seed", 2, "--if-empty")
    assert (result.exit_code, result.stdout) == (0, "There are owners already: nothing was written.\n")


def test_what_was_edited_since_stays(run: Run) -> None:
    run("seed", "--owners", 2, "--properties", 9)
    listing = re.findall(r'"id":"(property_\w+)"', run("export", "-").stdout)[0]
    Path("edit.csv").write_text(f"id,address\n{listing},Another Lane\n")
    assert "1 updated" in run("import", "edit.csv").stdout
    result = run("seed", "--owners", 2, "--properties", 9)
    assert result.exit_code == 0
    assert result.stderr.startswith("1 rows were left as they are, the first since the file has version ")


def test_a_database_without_tables_is_refused(empty_database_url: str) -> None:
    assert isinstance(runner_of(empty_database_url)("seed").exception, SchemaMismatch)


@pytest.mark.parametrize(("option", "range_"), [("--owners", "1<=x<=1000000"), ("--properties", "0<=x<=100000000")])
def test_more_than_a_machine_can_hold_is_refused(sqlite_url: str, option: str, range_: str) -> None:
    result = runner_of(sqlite_url)("seed", option, 99999999999999999999)
    assert result.exit_code == 2
    assert f"99999999999999999999 is not in the range {range_}" in result.stderr


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_at_once_while_it_makes_rows(sqlite_url: str, sent: signal.Signals) -> None:
    env = environment(FREEHOLD_DATABASE_URL=sqlite_url, PYTHONPATH=str(Path(__file__).parents[3]))
    command = [sys.executable, "-c", _ENDLESS]
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "begun\n"
            process.send_signal(sent)
            _, errors = process.communicate(timeout=10)
        finally:
            process.kill()
    assert process.returncode == 128 + sent
    assert errors.splitlines()[-1] == f"Stopped by {sent.name}."
    assert "Traceback" not in errors
