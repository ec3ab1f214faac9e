"""Commands that end when they are told to: SIGTERM and SIGHUP unwind them as Ctrl-C does, and the status says which."""

import signal
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, TypeVar

import click

T = TypeVar("T")
_NO_MORE: Any = object()

_SIGNALS = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]


class StoppableCommand(click.Command):
    """A command that SIGINT, SIGTERM and SIGHUP end after it has cleaned up, with the status 128 + the signal."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run it. Raises SystemExit when a signal ended it."""
        with _stoppable():
            return super().invoke(ctx)


@contextmanager
def _stoppable() -> Iterator[None]:
    received = [signal.SIGINT]

    def stop(number: int, frame: FrameType | None) -> None:
        received[0] = signal.Signals(number)
        interrupt = signal.getsignal(signal.SIGINT)  # inside asyncio.run it cancels the running task
        if not callable(interrupt):
            raise KeyboardInterrupt
        interrupt(signal.SIGINT, frame)

    of_loading = signal.getsignal(signal.SIGINT)
    if of_loading is signal.SIG_DFL:  # as server/cli/__init__.py has it
        signal.signal(signal.SIGINT, signal.default_int_handler)
    # A signal that is ignored stays so: nohup ignores SIGHUP.
    before = {number: signal.getsignal(number) for number in _SIGNALS}
    taken = [number for number, handler in before.items() if handler is not signal.SIG_IGN]
    for number in taken:
        signal.signal(number, stop)
    try:
        yield
    except KeyboardInterrupt:
        click.echo(f"Stopped by {received[0].name}.", err=True)
        sys.exit(128 + received[0])
    finally:
        for number in taken:
            signal.signal(number, before[number])
        signal.signal(signal.SIGINT, of_loading)


@contextmanager
def interruptible(items: Iterable[T]) -> Iterator[Iterator[T]]:
    """These items; SIGINT ends the making of the next one at once, where asyncio's own handler lets it finish first."""
    outside = signal.getsignal(signal.SIGINT)
    making = False

    def interrupt(number: int, frame: FrameType | None) -> None:
        if making or not callable(outside):
            raise KeyboardInterrupt
        outside(number, frame)

    def make() -> Iterator[T]:
        nonlocal making
        iterator = iter(items)
        while True:
            making = True
            try:
                item = next(iterator, _NO_MORE)
            finally:
                making = False
            if item is _NO_MORE:
                return
            yield item

    signal.signal(signal.SIGINT, interrupt)
    try:
        yield make()
    finally:
        signal.signal(signal.SIGINT, outside)
