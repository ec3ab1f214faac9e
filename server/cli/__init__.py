"""The command `freehold`. Importing this package imports nothing else, so that even loading the rest can be stopped."""

import signal


def main() -> None:
    """Run the command. While it is imported, Ctrl-C ends the process as it ends any other program.

    Python's own handler would interrupt an import, and show a traceback. A command that has to clean up takes Python's
    handler back when it begins.
    """
    before = signal.getsignal(signal.SIGINT)
    if before is signal.default_int_handler:  # it may be ignored instead
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        from server.cli.commands import run

        run()
    finally:
        signal.signal(signal.SIGINT, before)
