"""Commands whose standard output is full, closed, or read by nobody."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.server.process import environment, run_freehold

ROOT = str(Path(__file__).parents[3])
COMMANDS = [
    ["export", "-"],
    ["export", "-", "--format", "csv", "--only", "owners"],
    ["schema"],
    ["token", "ci"],
    ["explain", "query.graphql"],
    ["explain", "query.graphql", "--plan"],
    ["migrate"],
    ["migrate", "--status"],
    ["seed", "--owners", "2", "--properties", "3"],
    ["--help"],
    ["schema", "--help"],
    ["--version"],
]


@pytest.fixture
def env(sqlite_url: str) -> dict[str, str]:
    """Of a database with a few rows; the folder holds a query."""
    env = environment(FREEHOLD_DATABASE_URL=sqlite_url, PYTHONPATH=ROOT)
    assert run_freehold("seed", "--owners", "2", "--properties", "3", env=env).returncode == 0
    Path("query.graphql").write_text("{ currency }")
    return env


def freehold(*args: str, env: dict[str, str], stdout: int | None) -> subprocess.CompletedProcess[str]:
    program = ["-c", "import os, sys; os.close(1); os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"]
    command = [sys.executable, *(program if stdout is None else []), "-m", "server.cli", *args]
    return subprocess.run(command, env=env, stdout=stdout, stderr=subprocess.PIPE, text=True, timeout=60, check=False)


def complaint(result: subprocess.CompletedProcess[str]) -> str:
    return result.stderr[result.stderr.rfind("Error:") :] if "Error:" in result.stderr else result.stderr


@pytest.mark.parametrize("args", COMMANDS, ids=" ".join)
def test_a_full_device_is_one_line_and_a_status(env: dict[str, str], args: list[str]) -> None:
    with Path("/dev/full").open("wb") as full:
        result = freehold(*args, env=env, stdout=full.fileno())
    assert result.returncode == 1
    assert complaint(result) == "Error: standard output can't be written: No space left on device\n"
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("args", COMMANDS, ids=" ".join)
def test_a_pipe_that_nobody_reads_ends_a_command_as_sigpipe_does(env: dict[str, str], args: list[str]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        result = freehold(*args, env=env, stdout=writer)
    finally:
        os.close(writer)
    assert result.returncode == 141
    assert not any(word in result.stderr for word in ("Error", "Traceback", "Exception", "Could not open"))


@pytest.mark.parametrize("args", COMMANDS, ids=" ".join)
def test_a_closed_standard_output_is_one_line_and_a_status(env: dict[str, str], args: list[str]) -> None:
    result = freehold(*args, env=env, stdout=None)
    assert result.returncode == 1
    assert complaint(result) == "Error: standard output can't be written: Bad file descriptor\n"


def test_a_pipe_read_to_its_first_line_holds_that_line(env: dict[str, str]) -> None:
    command = [sys.executable, "-m", "server.cli", "schema"]
    process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stderr is not None
    assert process.stdout.readline().strip()
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait(timeout=60) in (0, 141)  # what a pipe holds may be all
    process.stderr.close()


def test_an_export_to_a_file_that_tells_nobody_is_whole(env: dict[str, str]) -> None:
    with Path("/dev/full").open("wb") as full:
        assert freehold("export", "a.ndjson", env=env, stdout=full.fileno()).returncode == 1
    assert Path("a.ndjson").read_bytes() == subprocess.check_output(
        [sys.executable, "-m", "server.cli", "export", "-"], env=env, timeout=60
    )
