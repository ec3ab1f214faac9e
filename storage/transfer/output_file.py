"""Files that commands write: whole or not there, and for their owner's eyes alone."""

import os
import secrets
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

_PRIVATE = 0o600


def is_standard_output(file: str) -> bool:
    """Whether `file` is `-` or another name of standard output, such as /dev/stdout."""
    if file == "-":
        return True
    try:
        return os.path.samestat(Path(file).stat(), os.fstat(sys.stdout.fileno()))
    except (OSError, ValueError):
        return False


@contextmanager
def open_output(file: str) -> Iterator[IO[bytes]]:
    """What `file` leads to, to be written. Raises OSError.

    A regular file, or one that a link leads to, is replaced when the block ends well and stays as it was otherwise; a
    process that is killed leaves nothing behind where the file system has unnamed files (Linux: ext4, xfs, btrfs,
    tmpfs). Pipes and devices are written to.
    """
    if is_standard_output(file):
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    path = Path(os.path.realpath(file))
    try:
        found = path.stat()
    except FileNotFoundError:
        found = None
    if found is not None and not stat.S_ISREG(found.st_mode):
        with open(os.open(path, os.O_WRONLY | getattr(os, "O_NOCTTY", 0)), "wb") as target:
            yield target
        return
    with _replacing(path, found) as target:
        yield target


@contextmanager
def _replacing(path: Path, found: os.stat_result | None) -> Iterator[IO[bytes]]:
    beside = path.with_name(f".{path.name[:100]}.{secrets.token_hex(4)}")
    descriptor, named = _open_partial(beside)
    try:
        with open(descriptor, "wb") as partial:
            yield partial
            partial.flush()
            if found is not None:
                # Root replaces another user's file: it stays that user's. Others may not give files away.
                with suppress(OSError):
                    os.fchown(partial.fileno(), found.st_uid, found.st_gid)
            os.fsync(partial.fileno())
            if not named:
                # linkat follows /proc's link, but only where it is given a folder.
                os.link(f"/proc/self/fd/{partial.fileno()}", beside, src_dir_fd=partial.fileno(), follow_symlinks=True)
            beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def _open_partial(beside: Path) -> tuple[int, bool]:
    """A new file in the folder of `beside`, and whether it has that name or none."""
    unnamed = getattr(os, "O_TMPFILE", None)
    if unnamed is not None and Path("/proc/self/fd").is_dir():
        with suppress(OSError):  # no such files here; if the folder can't be written the next line says so
            return os.open(beside.parent, unnamed | os.O_RDWR, _PRIVATE), False
    return os.open(beside, os.O_RDWR | os.O_CREAT | os.O_EXCL, _PRIVATE), True


def open_private(path: Path) -> IO[bytes]:
    """Open `path` to be written as it goes; a regular file is made anew and only its owner reads it. Raises OSError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NOCTTY", 0), _PRIVATE)
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        with suppress(PermissionError):  # another user's file, which that user lets us write
            os.fchmod(descriptor, _PRIVATE)
    return open(descriptor, "wb")
