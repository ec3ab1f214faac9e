"""The command itself: its list of subcommands, and what it imports."""

import signal
import subprocess
import sys

import pytest
from click.testing import CliRunner

from server.cli.commands import COMMANDS, freehold

HEAVY = ("strawberry", "graphql", "pydantic", "asyncpg", "redis", "jwt", "uvicorn", "prometheus_client")


def imported_by(*arguments: str) -> set[str]:
    """The top-level modules that the command has imported when it ends."""
    run = "freehold(sys.argv[1:], standalone_mode=False); print(*sys.modules)"
    command = [sys.executable, "-c", f"import sys; from server.cli.commands import freehold; {run}", *arguments]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in ended.stdout.splitlines()[-1].split()}


def test_every_subcommand_is_found_and_describes_itself() -> None:
    listed = CliRunner().invoke(freehold, ["--help"]).output
    for name, lazy in COMMANDS.items():
        assert f"  {name} " in listed
        assert lazy.help in " ".join(listed.split())
        shown = CliRunner().invoke(freehold, [name, "--help"])
        assert shown.exit_code == 0
        assert shown.output.startswith(f"Usage: freehold {name} ")


def test_help_imports_no_library_that_only_a_subcommand_needs() -> None:
    assert imported_by("--help").isdisjoint(HEAVY)


@pytest.mark.parametrize("sent", ["SIGTERM", "SIGINT", "SIGHUP"])
def test_a_stop_while_serve_is_imported_is_a_success(sent: str) -> None:
    """The import is stopped at the first module that it reads."""
    run = f"""
import os, signal, sys
from server import cli
class Stopping:
    def find_spec(self, name, path=None, target=None):
        if name == "server.cli.serve":
            os.kill(os.getpid(), signal.{sent})
sys.meta_path.insert(0, Stopping())
sys.argv = ["freehold", "serve"]
cli.main()
"""
    ended = subprocess.run([sys.executable, "-c", run], capture_output=True, text=True, check=False, timeout=60)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


@pytest.mark.parametrize(
    ("command", "module"),
    [("migrate", "click"), ("migrate", "server.cli.migrate"), ("import --help", "msgspec"), ("sql", "server.cli.sql")],
)
def test_ctrl_c_while_a_command_is_imported_ends_it_as_the_signal_does(command: str, module: str) -> None:
    """The import is stopped at this module."""
    run = f"""
import os, signal, sys
class Stopping:
    def find_spec(self, name, path=None, target=None):
        if name == "{module}":
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Stopping())
sys.argv = ["freehold", *"{command}".split()]
from server.cli import main
main()
"""
    ended = subprocess.run([sys.executable, "-c", run], capture_output=True, text=True, check=False, timeout=60)
    assert (ended.returncode, ended.stdout, ended.stderr) == (-signal.SIGINT, "", "")


def test_ctrl_c_that_is_ignored_stays_ignored_while_a_command_is_imported() -> None:
    run = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_IGN)
sys.argv = ["freehold", "--version"]
from server.cli import main
os.kill(os.getpid(), signal.SIGINT)
main()
"""
    ended = subprocess.run([sys.executable, "-c", run], capture_output=True, text=True, check=False, timeout=60)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_an_unknown_subcommand_is_one_error() -> None:
    shown = CliRunner().invoke(freehold, ["nonsense"])
    assert shown.exit_code == 2
    assert "No such command 'nonsense'" in shown.output
