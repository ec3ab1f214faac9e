"""The file of an open database, and whether it is still the one at its path.

A process that closes any descriptor of a file drops all its POSIX locks on it, SQLite's among them
(https://sqlite.org/howtocorrupt.html, 2.2). So nothing here opens a file that SQLite has open, except the index of its
log, whose descriptor stays open until SQLite has closed the index.
"""

import os
import stat
import struct
from pathlib import Path
from typing import ClassVar, NamedTuple

from storage.errors import Unavailable
from storage.sqlite.log_index import LogIndex, read_log_index

_MAGIC = b"SQLite format 3\0"
_WAL, _SHM = "-wal", "-shm"


class _Writes(NamedTuple):
    """When the file was last written (`mtime`) or otherwise changed (`ctime`), in ns, and the log's index then."""

    mtime: int
    ctime: int
    log: LogIndex


class DatabaseFile:
    """The file at `path` with its write-ahead log and the log's index. Make it once connections are open."""

    def __init__(self, path: Path) -> None:
        self._path = path.absolute()
        self._file = _identity(self._path)
        self._beside = {suffix: _identity(self._sibling(suffix)) for suffix in (_WAL, _SHM)}
        self._overwritten = False
        self._index = _KeptFile.of(self._sibling(_SHM))
        self._writes = self._read_writes()

    def close(self) -> None:
        """Call it once the connections are closed."""
        if self._index is not None:
            self._index.release()
            self._index = None

    def check(self) -> None:
        """Raises Unavailable if the file is missing, was replaced, or was written by a program other than SQLite."""
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
        """Whether a whole database is at the path, without the log or index of the one that was open."""
        if self._overwritten:
            return False
        if _identity(self._path) == self._file:
            return True
        return _is_whole(self._path) and not self._leftovers()

    def _check_writes(self) -> None:
        """In WAL mode only a checkpoint writes to the file. Any other write has overwritten it, as `cp` does."""
        now = self._read_writes()
        if now is None:
            return
        before, self._writes = self._writes, now
        if before is None or now.mtime == before.mtime:
            return
        if not now.log.may_be_checkpointed_since(before.log) or self._is_newer_than_its_log(now):
            self._overwritten = True
            self.check()

    def _is_newer_than_its_log(self, now: _Writes) -> bool:
        """Whether the file changed after the last commit to the log, though no checkpoint of that log has begun."""
        if now.log.attempted or not now.log.frames:
            return False
        try:
            return now.ctime > self._sibling(_WAL).stat().st_mtime_ns
        except OSError:
            return False

    def _read_writes(self) -> _Writes | None:
        """None if the file or the index can't be read, or changes meanwhile."""
        if self._index is None:
            return None
        index = read_log_index(self._index.descriptor)
        try:
            found = self._path.stat()
        except OSError:
            return None
        if index is None or read_log_index(self._index.descriptor) != index:
            return None
        return _Writes(found.st_mtime_ns, found.st_ctime_ns, index)

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
    """A descriptor of a file, one for the whole process. It is closed when the last user releases it."""

    _all: ClassVar[dict[tuple[int, int], "_KeptFile"]] = {}

    def __init__(self, identity: tuple[int, int], descriptor: int) -> None:
        self.descriptor = descriptor
        self._identity = identity
        self._users = 0

    @classmethod
    def of(cls, path: Path) -> "_KeptFile | None":
        """The descriptor of the file at the path, for one more user; None if there is no file."""
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
    """Whether a file that SQLite hasn't opened has as many pages as its header says."""
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
