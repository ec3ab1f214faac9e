"""Several processes that answer at one address, each with its own connections, cache and event loop."""

import asyncio
import multiprocessing
import os
import signal
import sys
import tempfile
from collections.abc import Callable

import uvicorn
from starlette.applications import Starlette
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

from server.app import create_app
from server.garbage import settle
from server.logs import configure_logging
from server.settings import load_settings
from server.telemetry import MULTIPROCESS

FACTORY = "server.workers:create_worker"


def create_worker() -> Starlette:
    """The application of one worker, by the environment that its parent gave it."""
    settings = load_settings()
    configure_logging(settings)
    app = create_app(settings)
    settle()
    _end_with_parent()
    return app


def _end_with_parent() -> None:
    """Stop as if told to when the parent has gone without a word: nobody else would stop this worker."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return
    loop = asyncio.get_running_loop()

    def end() -> None:
        loop.remove_reader(parent.sentinel)
        signal.raise_signal(signal.SIGTERM)

    loop.add_reader(parent.sentinel, end)


def run_workers(config: uvicorn.Config, greet: Callable[[str, int], None]) -> None:
    """Run until told to stop; a worker that dies is replaced. `config` names FACTORY. Exits if none can start."""
    socket = config.bind_socket()
    try:
        socket.listen(config.backlog)  # who comes before the workers are ready waits for them
        greet(*socket.getsockname()[:2])
        with tempfile.TemporaryDirectory(prefix="freehold-metrics-") as folder:
            os.environ[MULTIPROCESS] = folder
            supervisor = Multiprocess(config, [socket])
            supervisor.run()
    finally:
        socket.close()
    if any(process.exitcode == STARTUP_FAILURE for process in supervisor.processes):
        sys.exit(STARTUP_FAILURE)
