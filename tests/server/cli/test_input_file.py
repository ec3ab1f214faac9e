"""Files and standard input that a command can't read: one line that names them."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.server.process import environment, run_freehold

ROOT = str(Path(__file__).parents[3])
READERS = [("explain", "-"), ("import", "-", "--format", "csv"), ("import", "-", "--format", "ndjson")]
CLOSED = "import os, sys; os.close(0); os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"


@pytest.fixture
def env(sqlite_url: str) -> dict[str, str]:
    return environment(FREEHOLD_DATABASE_URL=sqlite_url, PYTHONPATH=ROOT)


@pytest.mark.parametrize("arguments", READERS, ids=" ".join)
def test_a_closed_standard_input_is_one_line(env: dict[str, str], arguments: tuple[str, ...]) -> None:
    command = [sys.executable, "-c", CLOSED, "-m", "server.cli", *arguments]
    ended = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stderr) == (1, "Error: standard input can't be read: it is closed\n")


@pytest.mark.parametrize("arguments", READERS, ids=" ".join)
def test_a_standard_input_that_is_open_for_writing_alone_is_one_line(
    env: dict[str, str], arguments: tuple[str, ...]
) -> None:
    command = [sys.executable, "-m", "server.cli", *arguments]
    with Path("written").open("wb") as written:
        ended = subprocess.run(command, env=env, stdin=written, capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stderr) == (1, "Error: standard input can't be read: Bad file descriptor\n")


@pytest.mark.parametrize(
    "arguments", [("explain",), ("import", "--format", "csv", "--errors", "bad.csv")], ids=" ".join
)
def test_a_file_that_fails_while_it_is_read_is_named(env: dict[str, str], arguments: tuple[str, ...]) -> None:
    ended = run_freehold(*arguments, "/proc/self/mem", env=env)
    assert (ended.returncode, ended.stderr) == (1, "Error: /proc/self/mem can't be read: Input/output error\n")


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "the query is empty"),
        (b" \r\n\t", "the query is empty"),
        (b"\xef\xbb\xbf", "the query is empty"),
        (b"\xff\xfe", "the query is not UTF-8"),
        ("{ currency }".encode("utf-16"), "the query is not UTF-8"),
        (b'{ properties(city: "\xe9") { totalCount } }', "the query is not UTF-8"),
        (b" " * 1_000_001, "the query has more than 1,000,000 bytes (FREEHOLD_BODY_LIMIT)"),
    ],
    ids=lambda value: repr(value)[:20],
)
@pytest.mark.parametrize("file", ["query.graphql", "-"])
def test_a_query_that_is_no_text_is_one_line(env: dict[str, str], file: str, content: bytes, complaint: str) -> None:
    Path("query.graphql").write_bytes(content)
    command = [sys.executable, "-m", "server.cli", "explain", file]
    with Path("query.graphql").open("rb") as source:
        ended = subprocess.run(command, env=env, stdin=source, capture_output=True, text=True, timeout=60, check=False)
    name = "standard input" if file == "-" else file
    assert (ended.returncode, ended.stderr) == (1, f"Error: {name}: {complaint}\n")


def test_a_query_that_never_ends_is_one_line(env: dict[str, str]) -> None:
    ended = run_freehold("explain", "/dev/zero", env=env)
    assert ended.stderr == "Error: /dev/zero: the query has more than 1,000,000 bytes (FREEHOLD_BODY_LIMIT)\n"
