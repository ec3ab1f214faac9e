"""What `freehold export` and the file of bad rows write to, and what stays of a stopped one."""

import os
import signal
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tests.server.cli.conftest import Run
from tests.server.process import environment, run_freehold

ROOT = str(Path(__file__).parents[3])
STOPS = [signal.SIGTERM, signal.SIGHUP, signal.SIGINT]


@pytest.fixture
def filled(run: Run) -> bytes:
    """A database with rows, and what an export of it says."""
    assert run("seed", "--owners", 3, "--properties", 5).exit_code == 0
    return run("export", "-").stdout_bytes


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_link_is_followed_and_its_target_replaced(run: Run, filled: bytes) -> None:
    Path("real.ndjson").write_text("old")
    Path("link.ndjson").symlink_to("real.ndjson")
    assert run("export", "link.ndjson").exit_code == 0
    assert Path("link.ndjson").is_symlink()
    assert Path("real.ndjson").read_bytes() == filled
    assert mode_of(Path("real.ndjson")) == 0o600


def test_a_link_to_nothing_makes_its_target(run: Run, filled: bytes) -> None:
    Path("folder").mkdir()
    Path("link.ndjson").symlink_to("folder/real.ndjson")
    assert run("export", "link.ndjson").exit_code == 0
    assert Path("link.ndjson").is_symlink()
    assert Path("folder/real.ndjson").read_bytes() == filled


def test_a_link_that_leads_to_itself_is_told(run: Run, filled: bytes) -> None:
    Path("loop.ndjson").symlink_to("loop.ndjson")
    result = run("export", "loop.ndjson")
    assert result.exit_code == 1
    assert "loop.ndjson" in result.stderr
    assert Path("loop.ndjson").is_symlink()


def test_another_name_of_a_replaced_file_keeps_what_it_held(run: Run, filled: bytes) -> None:
    Path("a.ndjson").write_text("old")
    os.link("a.ndjson", "b.ndjson")
    run("export", "a.ndjson")
    assert (Path("a.ndjson").read_bytes(), Path("b.ndjson").read_text()) == (filled, "old")


def test_a_pipe_is_written_to(run: Run, filled: bytes) -> None:
    os.mkfifo("pipe.ndjson")
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(Path("pipe.ndjson").read_bytes()), daemon=True)
    reader.start()
    assert run("export", "pipe.ndjson").exit_code == 0
    reader.join(timeout=30)
    assert read == [filled]
    assert stat.S_ISFIFO(Path("pipe.ndjson").stat().st_mode)


def test_a_device_is_written_to(run: Run, filled: bytes) -> None:
    Path("null.ndjson").symlink_to("/dev/null")
    assert run("export", "null.ndjson").exit_code == 0
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)
    assert Path("null.ndjson").is_symlink()


def test_a_full_device_is_told(run: Run, filled: bytes) -> None:
    Path("full.ndjson").symlink_to("/dev/full")
    result = run("export", "full.ndjson")
    assert result.exit_code == 1
    assert "No space left on device" in result.stderr


@pytest.mark.parametrize("name", ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])
def test_standard_output_by_another_name_holds_nothing_else(sqlite_url: str, name: str) -> None:
    env = environment(FREEHOLD_DATABASE_URL=sqlite_url, PYTHONPATH=ROOT)
    assert run_freehold("seed", "--owners", "2", "--properties", "0", env=env).returncode == 0
    command = [sys.executable, "-m", "server.cli", "export", name]
    with Path("appended").open("wb") as log:
        log.write(b"kept\n")
        log.flush()
        subprocess.run(command, env=env, stdout=log, check=True, timeout=60)
    piped = subprocess.run(command, env=env, capture_output=True, check=True, timeout=60)
    assert Path("appended").read_bytes() == b"kept\n" + piped.stdout
    assert piped.stdout.count(b'{"type":"owner"') == 2 == piped.stdout.count(b"\n")


def test_a_folder_that_cant_be_written_is_told(run: Run, filled: bytes) -> None:
    result = run("export", "/proc/a.ndjson")
    assert result.exit_code == 1
    assert "/proc/a.ndjson" in result.stderr


def test_without_unnamed_files_an_export_is_whole_all_the_same(
    run: Run, filled: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "O_TMPFILE", raising=False)
    assert run("export", "a.ndjson").exit_code == 0
    assert (Path("a.ndjson").read_bytes(), mode_of(Path("a.ndjson"))) == (filled, 0o600)
    assert sorted(path.name for path in Path().iterdir() if "ndjson" in path.name) == ["a.ndjson"]


@pytest.mark.parametrize("how", [*STOPS, signal.SIGKILL])
@pytest.mark.usefixtures("unmeasured")
def test_a_stopped_export_leaves_nothing_behind(sqlite_url: str, how: signal.Signals) -> None:
    env = environment(FREEHOLD_DATABASE_URL=sqlite_url, PYTHONPATH=ROOT)
    program = (
        "import time, server.cli, storage.transfer.export as export\n"
        "from pathlib import Path\n"
        "import server.cli.export_file as command\n"
        "async def lines(snapshot):\n"
        "    yield [b'{}' + b' ' * 1_000_000 + b'\\n']\n"
        "    print('half', flush=True)\n"
        "    import asyncio\n"
        "    await asyncio.sleep(60)\n"
        "command.export_lines = lines\n"
        "server.cli.main()\n"
    )
    folder = Path("folder")
    folder.mkdir()
    process = subprocess.Popen(
        [sys.executable, "-c", program, "export", "folder/a.ndjson"], env=env, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "half\n"
    process.send_signal(how)
    assert process.wait(timeout=30) == (-how if how is signal.SIGKILL else 128 + how)
    process.stdout.close()
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("how", STOPS)
def test_a_stopped_import_tells_its_counts_and_keeps_whole_batches(sqlite_url: str, how: signal.Signals) -> None:
    env = environment(FREEHOLD_DATABASE_URL=sqlite_url, PYTHONPATH=ROOT)
    process = subprocess.Popen(
        [sys.executable, "-m", "server.cli", "import", "-", "--format", "csv", "--batch", "10"],
        env=env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdin is not None
    rows = "".join(f"O-{number},Owner,o@example.org\n" for number in range(5000))
    process.stdin.write(("reference,name,email\n" + rows).encode())
    process.stdin.flush()
    deadline = time.monotonic() + 30
    while b'"type":"owner"' not in run_bytes("export", "-", env=env):
        assert time.monotonic() < deadline
    process.send_signal(how)
    process.wait(timeout=30)
    output, errors = process.communicate()
    assert process.returncode == 128 + how
    assert output.startswith(b"owners: ")
    assert b"What is counted above was written and stays." in errors
    assert f"Stopped by {how.name}." in errors.decode()
    assert run_bytes("export", "-", env=env).count(b"\n") % 10 == 0


def run_bytes(*arguments: str, env: dict[str, str]) -> bytes:
    return run_freehold(*arguments, env=env).stdout.encode()


def test_a_signal_that_is_ignored_stays_ignored(sqlite_url: str) -> None:
    env = environment(FREEHOLD_DATABASE_URL=sqlite_url, PYTHONPATH=ROOT)
    program = (
        "import os, signal, server.cli, server.cli.export_file as command\n"
        "async def lines(snapshot):\n"
        "    os.kill(os.getpid(), signal.SIGHUP)\n"
        "    yield [b'{}\\n']\n"
        "command.export_lines = lines\n"
        "signal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
        "server.cli.main()\n"
    )
    result = subprocess.run([sys.executable, "-c", program, "export", "-"], env=env, capture_output=True, timeout=60)
    assert (result.returncode, result.stdout) == (0, b"{}\n"), result.stderr


def test_only_its_owner_reads_the_file_of_bad_rows(run: Run) -> None:
    Path("a.csv").write_text("reference,name,email\n,Anna,anna@example.org\n")
    Path("bad.csv").write_text("old")
    Path("bad.csv").chmod(0o644)
    run("import", "a.csv", "--on-error", "skip", "--errors", "bad.csv")
    run("import", "a.csv", "--on-error", "skip")
    assert (mode_of(Path("bad.csv")), mode_of(Path("a.csv.errors.csv"))) == (0o600, 0o600)
    assert "old" not in Path("bad.csv").read_text()


def test_the_file_of_bad_rows_is_not_the_source_by_another_name(run: Run) -> None:
    Path("a.csv").write_text("reference,name,email\n,Anna,anna@example.org\n")
    os.link("a.csv", "b.csv")
    assert run("import", "a.csv", "--errors", "b.csv").exit_code == 2
    assert Path("a.csv").read_text().startswith("reference,name")


@pytest.mark.parametrize("errors", ["-", "/dev/stdout", "/dev/fd/1"])
def test_bad_rows_go_to_standard_output_and_the_counts_to_standard_error(sqlite_url: str, errors: str) -> None:
    Path("a.ndjson").write_text('{"type": "owner", "name": "Ada", "email": "none"}\n')
    env = environment(FREEHOLD_DATABASE_URL=sqlite_url, PYTHONPATH=ROOT)
    ended = run_freehold("import", "a.ndjson", "--on-error", "skip", "--errors", errors, env=env)
    [row] = ended.stdout.splitlines()
    assert row.startswith('{"type": "owner", "name": "Ada", "email": "none","line":1,')
    assert "1 refused" in ended.stderr
    assert "1 bad rows were skipped: see standard output" in ended.stderr
    assert sorted(os.listdir()) == ["a.ndjson", "freehold.db"]


def test_bad_rows_go_to_a_pipe_by_its_descriptor(sqlite_url: str) -> None:
    Path("a.ndjson").write_text('{"type": "owner", "name": "Ada", "email": "none"}\n')
    env = environment(FREEHOLD_DATABASE_URL=sqlite_url, PYTHONPATH=ROOT)
    reading, writing = os.pipe()
    command = [sys.executable, "-m", "server.cli", "import", "a.ndjson", "--errors", f"/dev/fd/{writing}"]
    ended = subprocess.run(command, env=env, pass_fds=[writing], capture_output=True, text=True, check=False)
    os.close(writing)
    with open(reading) as pipe:
        assert pipe.read().startswith('{"type": "owner", "name": "Ada"')
    assert f"the row is in /dev/fd/{writing}" in ended.stderr
