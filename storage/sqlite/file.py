"""The file of a database that is open: whether it is still the one at its path.

A process that closes any descriptor of a file drops all its POSIX locks on it, SQLite's among them
(https://sqlite.org/howtocorrupt.html, 2.2). So nothing here opens a file that SQLite has open, but for the index of its
log, whose descriptor is kept until SQLite has let go of it.
"""

import os
import stat
import struct
from pathlib import Path
from typing import ClassVar, NamedTuple

from storage.errors import Unavailable

_MAGIC = b"SQLite format 3\0"
_WAL, _SHM = "-wal", "-shm"


class _Writes(NamedTuple):
    """When the file was last written, and the checkpoint that did it, of the index beside it.

    In WAL mode a checkpoint alone writes to the file, and notes in the index (https://sqlite.org/walformat.html) how
    many frames it is about to write, and then has written.
    """

    mtime: int
    checkpoint: bytes
    is_running: bool


class DatabaseFile:
    """The file at `path`, with its write-ahead log and the log's index beside it, once connections are open."""

    def __init__(self, path: Path) -> None:
        self._path = path.absolute()
        self._file = _identity(self._path)
        self._writes: _Writes | None = None
        self._beside = {suffix: _identity(self._sibling(suffix)) for suffix in (_WAL, _SHM)}
        self._overwritten = False
        self._index = _KeptFile.of(self._sibling(_SHM))

    def close(self) -> None:
        """Call it once the connections are closed."""
        if self._index is not None:
            self._index.release()
            self._index = None

    def check(self) -> None:
        """Raises Unavailable where the file is gone, is another one, or was written by something else than SQLite."""
        if self._overwritten:
            raise self._lost("was overwritten while it was open: stop the server and restore it anew")
        found = _identity(self._path)
        if found is None:
            raise self._lost("is gone")
        if found != self._file:
            raise self._lost("was replaced" + self._leftovers())
        for suffix, known in self._beside.items():
            if known is not None and _identity(self._sibling(suffix)) != known:
                raise self._lost(f"has lost its {suffix} file")
        self._check_writes()

    def can_be_reopened(self) -> bool:
        """Whether a whole database is at the path, beside which nothing is left of the one that was open."""
        if self._overwritten:
            return False
        if _identity(self._path) == self._file:
            return True
        return _is_whole(self._path) and not self._leftovers()

    def _check_writes(self) -> None:
        """A file that was written without a checkpoint was overwritten, as `cp` does it."""
        before, self._writes = self._writes, self._read_writes()
        if before is None or self._writes is None or self._writes.mtime == before.mtime:
            return
        if self._writes.checkpoint == before.checkpoint and not self._writes.is_running:
            self._overwritten = True
            self.check()

    def _read_writes(self) -> _Writes | None:
        try:
            mtime = self._path.stat().st_mtime_ns  # first: a checkpoint is noted before it writes
        except OSError:
            return None
        header = b"" if self._index is None else os.pread(self._index.descriptor, 136, 0)
        if len(header) < 136:
            return None
        salt, written, attempted = header[32:40], header[96:100], header[128:132]
        return _Writes(mtime, salt + written + attempted, written != attempted)

    def _leftovers(self) -> str:
        left = [
            suffix
            for suffix, known in self._beside.items()
            if known is not None and _identity(self._sibling(suffix)) == known
        ]
        return f", and {' and '.join(left)} of the old one are beside it: remove them" if left else ""

    def _sibling(self, suffix: str) -> Path:
        return self._path.with_name(self._path.name + suffix)

    def _lost(self, what: str) -> Unavailable:
        return Unavailable(f"SQLite: the file {self._path} {what}")


class _KeptFile:
    """One descriptor of a file for the whole process, closed when its last user has released it."""

    _all: ClassVar[dict[tuple[int, int], "_KeptFile"]] = {}

    def __init__(self, identity: tuple[int, int], descriptor: int) -> None:
        self.descriptor = descriptor
        self._identity = identity
        self._users = 0

    @classmethod
    def of(cls, path: Path) -> "_KeptFile | None":
        """The file at the path, for one more user; None if there is none."""
        identity = _identity(path)
        if identity is None:
            return None
        kept = cls._all.get(identity)
        if kept is None:
            try:
                descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
            except OSError:
                return None
            kept = cls._all[identity] = cls(identity, descriptor)
        kept._users += 1
        return kept

    def release(self) -> None:
        self._users -= 1
        if self._users == 0:
            del self._all[self._identity]
            os.close(self.descriptor)


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _is_whole(path: Path) -> bool:
    """Whether a file that SQLite has not opened has as many pages as its header says."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return False  # opening a pipe would wait for its other end
        with path.open("rb") as file:
            header = file.read(100)
        size = path.stat().st_size
    except OSError:
        return False
    if len(header) < 100 or not header.startswith(_MAGIC):
        return False
    (page_size,) = struct.unpack(">H", header[16:18])
    (pages,) = struct.unpack(">I", header[28:32])
    return bool(size >= pages * (page_size if page_size > 1 else 65536))
