"""How a server stops, a stage at a time, and which signal leads to which stage."""

import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from enum import IntEnum
from types import FrameType

STOPS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
"""SIGTERM from an orchestrator, SIGINT from a terminal, SIGHUP from a terminal that was closed."""


class Stage(IntEnum):
    """In their order; a server never goes back."""

    SERVING = 0
    LEAVING = 1
    """Not ready, but still answering: load balancers notice, and send their requests elsewhere."""
    DRAINING = 2
    """Connections are refused, running requests are finished."""
    CUTTING = 3
    """Running requests are cancelled."""


def next_stage(stage: Stage, sent: int) -> Stage:
    """SIGTERM leaves, another ends the waiting; SIGINT and SIGHUP don't wait; another SIGINT cancels what runs."""
    if sent == signal.SIGTERM and stage is Stage.SERVING:
        return Stage.LEAVING
    if stage < Stage.DRAINING:
        return Stage.DRAINING
    return Stage.CUTTING if sent == signal.SIGINT else stage


@contextmanager
def handling(signals: Iterable[int], handle: Callable[[int, FrameType | None], object]) -> Iterator[None]:
    """Call `handle` for these signals. A SIGHUP that is ignored, as nohup(1) has it, stays ignored."""
    before = {
        each: signal.signal(each, handle)
        for each in signals
        if each != signal.SIGHUP or signal.getsignal(each) is not signal.SIG_IGN
    }
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def end_start(sent: int, frame: FrameType | None) -> None:
    """A stop before the first request is a success, too; the first process of a container would ignore the signal."""
    sys.exit(0)
