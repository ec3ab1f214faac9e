"""One of several workers of `freehold serve`, in a process of its own."""

import logging
import os
import socket
import sys
from contextlib import suppress
from multiprocessing.connection import Connection

from uvicorn.config import STARTUP_FAILURE

from server.app import create_app
from server.cli.failures import explain_failure
from server.observability.logging import configure_logging
from server.runtime.garbage_collector import freeze_start
from server.runtime.uvicorn_server import build_config
from server.runtime.workers import Worker
from server.settings.settings import load_settings

logger = logging.getLogger("freehold")


def run_worker(sockets: list[socket.socket], starts: Connection) -> None:
    """Answer at these sockets, by the environment that the parent gave. Tells `starts` when it answers."""

    def tell() -> None:
        logger.info("worker %d answers", os.getpid())
        with suppress(OSError):  # the parent has gone
            starts.send_bytes(b"started")

    settings = load_settings()
    configure_logging(settings)
    app = create_app(settings)
    freeze_start()
    worker = Worker(
        build_config(settings, app),
        lifespan=app.router.lifespan_context(app),
        delay=settings.delay_before_shutdown,
        on_start=tell,
    )
    try:
        worker.run(sockets)
    except Exception as exc:
        if worker.started:
            raise
        message = explain_failure(exc)
        logger.error("%s", message or "the start failed", exc_info=None if message else exc)
        sys.exit(STARTUP_FAILURE)
