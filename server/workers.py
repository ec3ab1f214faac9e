"""Several processes that answer at one address, each with its own connections, cache and event loop."""

import os
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
    return app


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
