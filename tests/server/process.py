"""A real server in a process of its own."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

STARTUP = 30.0  # seconds
_DECIDING = {"FREEHOLD_DEMONSTRATION", "FREEHOLD_PUBLIC", "FREEHOLD_TOKENS", "FREEHOLD_JWT_ISSUER"}


class ServerProcess:
    """A `freehold serve` that listens at `url`; `before` has the lines before its greeting."""

    def __init__(self, process: subprocess.Popen[str], url: str, before: Sequence[str]) -> None:
        self.process = process
        self.url = url
        self.before = before

    def stop(self, how: signal.Signals) -> int:
        """Send the signal and wait; the exit code."""
        self.process.send_signal(how)
        return self.process.wait(timeout=STARTUP)


def environment(**settings: str) -> dict[str, str]:
    """This process's environment without its own settings, and these instead.

    A server of it is an open demonstration unless the settings say who may ask.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FREEHOLD_")}
    kept.pop("HOST", None)
    kept.pop("PORT", None)
    demonstration = {} if _DECIDING & settings.keys() else {"FREEHOLD_DEMONSTRATION": "on"}
    return kept | demonstration | settings


def run_freehold(*arguments: str, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    command = [sys.executable, "-m", "server.cli", *arguments]
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False)


def _until_greeting(output: Iterable[str]) -> Iterator[str]:
    """The lines to the greeting, or all where there is none."""
    for line in output:
        yield line
        if "serves http" in line:
            return


@contextmanager
def serving(
    database_url: str, *, program: str = "server.cli", under: Sequence[str] = (), **settings: str
) -> Iterator[ServerProcess]:
    """A server on a free port over a migrated database; killed at the end if it still runs.

    `program` is the module that is the command `freehold`, `under` a command that runs it.
    """
    env = environment(FREEHOLD_DATABASE_URL=database_url, FREEHOLD_PORT="0", PYTHONUNBUFFERED="1", **settings)
    process = subprocess.Popen(
        [*under, sys.executable, "-m", program, "serve"],
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    try:
        lines = list(_until_greeting(process.stdout))
        assert "serves http" in "".join(lines[-1:]), "".join(lines)
        yield ServerProcess(process, lines[-1].split()[2], lines[:-1])
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        process.stdout.close()
