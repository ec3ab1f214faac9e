"""Output files of commands: they appear whole or not at all, and only their owner can read them."""

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
    """Whether `file` is `-` or another name for standard output, such as /dev/stdout."""
    if file == "-":
        return True
    try:
        return os.path.samestat(Path(file).stat(), os.fstat(sys.stdout.fileno()))
    except (OSError, ValueError):
        return False


@contextmanager
def open_output(file: str) -> Iterator[IO[bytes]]:
    """Open the target of `file` for writing. Raises OSError.

    A regular file, or the target of a link, is replaced when the block succeeds; otherwise it stays as it was. If the
    file system has unnamed files (ext4, xfs, btrfs and tmpfs on Linux), a killed process leaves no partial file. Pipes
    and devices are written directly.
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
                # A file that root replaces keeps its owner. Other users can't change the owner of a file.
                with suppress(OSError):
                    os.fchown(partial.fileno(), found.st_uid, found.st_gid)
            os.fsync(partial.fileno())
            if not named:
                # linkat follows the link in /proc, but only if it is given a folder.
                os.link(f"/proc/self/fd/{partial.fileno()}", beside, src_dir_fd=partial.fileno(), follow_symlinks=True)
            beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def _open_partial(beside: Path) -> tuple[int, bool]:
    """A new file in the folder of `beside`, and whether it has a name."""
    unnamed = getattr(os, "O_TMPFILE", None)
    if unnamed is not None and Path("/proc/self/fd").is_dir():
        with suppress(OSError):  # no unnamed files here; if the folder can't be written, the next line raises
            return os.open(beside.parent, unnamed | os.O_RDWR, _PRIVATE), False
    return os.open(beside, os.O_RDWR | os.O_CREAT | os.O_EXCL, _PRIVATE), True


def open_private(path: Path) -> IO[bytes]:
    """Open `path` for writing. A regular file is replaced, and only its owner can read it. Raises OSError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NOCTTY", 0), _PRIVATE)
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        with suppress(PermissionError):  # another user's file that we may write
            os.fchmod(descriptor, _PRIVATE)
    return open(descriptor, "wb")
