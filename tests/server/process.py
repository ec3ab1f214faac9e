"""A real server in a process of its own."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

STARTUP = 30.0  # seconds
_DECIDING = {"FREEHOLD_DEMONSTRATION", "FREEHOLD_PUBLIC", "FREEHOLD_TOKENS", "FREEHOLD_JWT_ISSUER"}


class ServerProcess:
    """A `freehold serve` that listens at `url`."""

    def __init__(self, process: subprocess.Popen[str], url: str) -> None:
        self.process = process
        self.url = url

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
        greeting = process.stdout.readline()
        assert "serves http" in greeting, greeting + process.stdout.read()
        yield ServerProcess(process, greeting.split()[2])
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        process.stdout.close()
