"""The temporary folder through which workers share their metrics."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
"""The environment variable of prometheus_client that names the folder; workers inherit it."""


class NoTemporaryFolder(Exception):
    """Several workers keep their metrics in a temporary folder, and none can be made."""

    def __init__(self, cause: OSError) -> None:
        super().__init__(
            f"several workers need a temporary folder for their metrics: {os.strerror(cause.errno or 0)};"
            " set TMPDIR to a folder that can be written, or FREEHOLD_WORKERS=1"
        )


@contextmanager
def metrics_folder() -> Iterator[None]:
    """The folder exists while this lasts. Raises NoTemporaryFolder."""
    try:
        made = tempfile.TemporaryDirectory(prefix="freehold-metrics-")
    except OSError as exc:
        raise NoTemporaryFolder(exc) from exc
    with made as folder:
        os.environ[VARIABLE] = folder
        yield
