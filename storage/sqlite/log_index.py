"""The index of a write-ahead log: how much of it is in the database file (https://sqlite.org/walformat.html)."""

import os
import struct
from typing import NamedTuple

_SIZE = 136
_COPY = 48  # of the header's first part, which stands there twice: unequal copies are being written
_TRIES = 10


class LogIndex(NamedTuple):
    """The log named by `salt`, with its number of `frames` (pages). `commits` counts those to all logs.

    A checkpoint records how many frames it is about to write into the file (`attempted`), and then how many it has
    `written`.
    """

    salt: bytes
    commits: int
    frames: int
    written: int
    attempted: int

    @property
    def is_whole_in_the_file(self) -> bool:
        """Whether no frame is left for a checkpoint."""
        return self.written == self.frames

    def may_be_checkpointed_since(self, before: "LogIndex") -> bool:
        """Whether a checkpoint may have written to the file since the state `before`."""
        if self.attempted != self.written:
            return True
        if self.salt == before.salt:
            return self.written != before.written
        # A new log has begun. Before that, the whole old one had to be in the file.
        commits = 1 if self.frames else 0
        begun_at_once = before.is_whole_in_the_file and self.commits - before.commits == commits
        return self.attempted > 0 or not begun_at_once


def read_log_index(descriptor: int) -> LogIndex | None:
    """The index; None while it is being written, or if it is incomplete."""
    for _ in range(_TRIES):
        header = os.pread(descriptor, _SIZE, 0)
        if len(header) == _SIZE and header[:_COPY] == header[_COPY : 2 * _COPY]:
            commits, frames = struct.unpack("=I4xI", header[8:20])
            (written,) = struct.unpack("=I", header[96:100])
            (attempted,) = struct.unpack("=I", header[128:132])
            return LogIndex(header[32:40], commits, frames, written, attempted)
    return None
