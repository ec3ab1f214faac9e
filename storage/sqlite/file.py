"""The file of a database that is open: whether it is still the one at its path."""

import struct
from pathlib import Path
from typing import NamedTuple

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
        if self._overwritten or not _is_whole(self._path):
            return False
        return _identity(self._path) == self._file or not self._leftovers()

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
            with self._sibling(_SHM).open("rb") as index:
                header = index.read(136)
        except OSError:
            return None
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


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _is_whole(path: Path) -> bool:
    """Whether it has as many pages as its header says."""
    try:
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
