"""The index of a write-ahead log: what of the log has been written into the file (https://sqlite.org/walformat.html)."""

import os
import struct
from typing import NamedTuple

_SIZE = 136
_COPY = 48  # the header's first part stands there twice: copies that differ are being written
_TRIES = 10


class LogIndex(NamedTuple):
    """The log that `salt` names, of `frames` pages. `commits` are counted over all logs.

    A checkpoint notes how many frames it is about to write into the file (`attempted`), and then how many it has
    `written`.
    """

    salt: bytes
    commits: int
    frames: int
    written: int
    attempted: int

    @property
    def is_whole_in_the_file(self) -> bool:
        """Whether there is nothing that a checkpoint could write."""
        return self.written == self.frames

    def may_be_checkpointed_since(self, before: "LogIndex") -> bool:
        """Whether a checkpoint may have written to the file since the index was as `before`."""
        if self.attempted != self.written:
            return True
        if self.salt == before.salt:
            return self.written != before.written
        # The log began anew. Its predecessor had to be whole in the file first.
        commits = 1 if self.frames else 0
        begun_at_once = before.is_whole_in_the_file and self.commits - before.commits == commits
        return self.attempted > 0 or not begun_at_once


def read_log_index(descriptor: int) -> LogIndex | None:
    """What the index says; None while it is written to, and before it was."""
    for _ in range(_TRIES):
        header = os.pread(descriptor, _SIZE, 0)
        if len(header) == _SIZE and header[:_COPY] == header[_COPY : 2 * _COPY]:
            commits, frames = struct.unpack("=I4xI", header[8:20])
            (written,) = struct.unpack("=I", header[96:100])
            (attempted,) = struct.unpack("=I", header[128:132])
            return LogIndex(header[32:40], commits, frames, written, attempted)
    return None
