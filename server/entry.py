"""Where the command `freehold` begins: while it is imported, Ctrl-C ends it as it ends any other program.

Python's own handler would interrupt an import, and show a traceback. A command that has to clean up takes Python's
handler back when it begins.
"""

import signal

if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # it may be ignored instead
    signal.signal(signal.SIGINT, signal.SIG_DFL)

from server.cli import main

__all__ = ["main"]
