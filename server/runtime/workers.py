"""Several processes that answer at one address, each with its own connections, cache and event loop."""

import asyncio
import logging
import multiprocessing
import os
import signal
import socket
from collections.abc import Callable
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from types import FrameType

from uvicorn.config import STARTUP_FAILURE

from server.runtime.shutdown import STOPS, Stage, handling, next_stage
from server.runtime.uvicorn_server import Server

logger = logging.getLogger("freehold")

_NEXT_STAGE = signal.SIGUSR1
_OF_THE_TERMINAL = (signal.SIGINT, signal.SIGHUP)
_CLEAN = (0, -signal.SIGTERM, -_NEXT_STAGE)
"""Exit codes of a worker that was told to stop: by a signal where it did not handle any yet."""


RunWorker = Callable[[list[socket.socket], Connection], None]
"""What a worker's process runs, a function of a module: answers at these sockets, and sends something through the
connection once it does. Where its start fails, it exits with STARTUP_FAILURE."""


class Supervisor:
    """Starts workers that answer at these sockets, which listen, replaces one that dies, and stops all of them.

    Calls `on_start` once, when so many workers as there should be have answered.
    """

    def __init__(
        self, sockets: list[socket.socket], run_worker: RunWorker, number: int, on_start: Callable[[], None]
    ) -> None:
        self._run_worker = run_worker
        self._sockets = sockets
        self._number = number
        self._stage = Stage.SERVING
        self._told = Stage.SERVING
        self._workers: list[BaseProcess] = []
        self._status = 0
        self._on_start = on_start
        self._started = 0
        self._news, self._starts = multiprocessing.Pipe(duplex=False)
        self._woken, self._wakes = os.pipe()

    def run(self) -> int:
        """Until no worker is left; the exit status, 0 if all stopped as they were told. Closes the sockets."""
        try:
            with handling(STOPS, self._on_signal):
                for _ in range(self._number):
                    self._start()
                while self._workers:
                    ready = wait([self._woken, self._news, *(worker.sentinel for worker in self._workers)])
                    if self._woken in ready:
                        os.read(self._woken, 4096)
                    if self._news in ready:
                        self._note_start()
                    self._tell()
                    for worker in [worker for worker in self._workers if worker.sentinel in ready]:
                        self._bury(worker)
        finally:
            self._news.close()
            self._starts.close()
            os.close(self._woken)
            os.close(self._wakes)
        return self._status

    def _note_start(self) -> None:
        self._news.recv_bytes()
        self._started += 1
        if self._started == self._number and self._stage is Stage.SERVING:
            self._on_start()

    def _on_signal(self, sent: int, frame: FrameType | None) -> None:
        self._advance(next_stage(self._stage, sent))

    def _advance(self, stage: Stage) -> None:
        self._stage = stage
        os.write(self._wakes, b".")

    def _start(self) -> None:
        """The terminal signals its whole group: a worker, which hears of it from us, is started without hearing it."""
        resource_tracker.ensure_running()  # which changes what is blocked, where it isn't running
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _OF_THE_TERMINAL)
        try:
            # A daemon does not outlive a parent that fails.
            worker = multiprocessing.get_context("spawn").Process(
                target=self._run_worker, args=(self._sockets, self._starts), daemon=True
            )
            worker.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        self._workers.append(worker)

    def _tell(self) -> None:
        """Send the workers on to the stage that has been reached."""
        if self._told is self._stage:
            return
        self._told = self._stage
        for each in self._sockets:  # the workers' own are the last: with these open, nobody would be refused
            each.close()
        for worker in self._workers:
            assert worker.pid is not None
            os.kill(worker.pid, signal.SIGTERM if self._stage is Stage.LEAVING else _NEXT_STAGE)

    def _bury(self, worker: BaseProcess) -> None:
        worker.join()
        self._workers.remove(worker)
        code = worker.exitcode
        if self._stage is not Stage.SERVING:
            if code not in _CLEAN:
                logger.error("worker %s died: %s", worker.pid, _named(code))
                self._status = self._status or 1
        elif code == STARTUP_FAILURE:
            logger.error("worker %s failed to start, so all of them stop", worker.pid)
            self._status = STARTUP_FAILURE
            self._advance(Stage.DRAINING)
        else:
            logger.warning("worker %s died and is replaced: %s", worker.pid, _named(code))
            self._start()


class Worker(Server):
    """Is told by its parent: by SIGTERM to leave, by SIGUSR1 to go on to the next stage.

    Who stops a service may send SIGTERM to all of its processes, beside the parent's: it counts once.
    """

    signals = (signal.SIGTERM, _NEXT_STAGE)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if sig == signal.SIGTERM:
            self.advance(Stage.LEAVING)
        else:
            self.advance(Stage.DRAINING if self.stage < Stage.DRAINING else Stage.CUTTING)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        parent = multiprocessing.parent_process()
        if parent is not None:
            asyncio.get_running_loop().add_reader(parent.sentinel, self._end_with_parent)
        await super().startup(sockets)

    def _end_with_parent(self) -> None:
        """The parent was killed: nobody else would stop this worker, and its successor needs the address."""
        parent = multiprocessing.parent_process()
        assert parent is not None
        asyncio.get_running_loop().remove_reader(parent.sentinel)
        self.advance(Stage.DRAINING)


def _named(code: int | None) -> str:
    return f"signal {-code}" if code is not None and code < 0 else f"exit status {code}"
