"""Files that a setting, a URL or an argument names."""

import os
import stat


def is_readable(path: str) -> bool:
    """Whether the path leads to a regular file that this process may read. Returns False for any other text."""
    return os.path.isfile(path) and os.access(path, os.R_OK)


def read_file(path: str, *, most: int) -> bytes:
    """The content of a regular file of at most `most` bytes.

    Raises OSError, or ValueError, whose message says what is wrong with the file. A pipe or a device is not opened: it
    may have no end.
    """
    if not stat.S_ISREG(os.stat(path).st_mode):
        raise ValueError("it is not a regular file")
    with open(path, "rb") as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise ValueError(f"it has more than {most:,} bytes")
    return content
