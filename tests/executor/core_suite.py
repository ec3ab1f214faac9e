"""Runs graphql-core's own execution tests on the batched executor: `python -m tests.executor.core_suite`.

Fetches the source distribution with pip, whatever index it uses, and needs nothing in this environment but pytest.
Further arguments go to pytest.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import tempfile
from importlib.metadata import version
from pathlib import Path

HOUSE = Path(__file__).parents[2]


def pip(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "pip", "--quiet", *arguments], check=True)


def fetch_tests(folder: Path) -> Path:
    """The unpacked source distribution of the graphql-core that is installed."""
    name = f"graphql-core=={version('graphql-core')}"
    pip("download", "--no-deps", "--no-binary", "graphql-core", "--dest", str(folder), name)
    pip("install", "--no-deps", "--target", str(folder / "plugins"), "pytest-describe")
    (archive,) = folder.glob("graphql_core-*.tar.gz")
    with tarfile.open(archive) as source:
        source.extractall(folder, filter="data")
    return folder / archive.name.removesuffix(".tar.gz")


def run_tests(source: Path, arguments: list[str]) -> int:
    paths = [str(HOUSE), str(Path(__file__).parent), str(source.parent / "plugins")]
    command = [sys.executable, "-m", "pytest", "-p", "core_plugin", "--rootdir", str(source)]
    command += ["-p", "no:cacheprovider", "-c", "/dev/null"]
    command += ["-o", "asyncio_mode=auto", "-o", "python_classes=PyTest*", "-o", "python_functions=test_*"]
    command += ["-q", "-rs", "tests/execution", "--ignore=tests/execution/incremental"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    return subprocess.run([*command, *arguments], cwd=source, env=environment).returncode


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        return run_tests(fetch_tests(Path(folder)), sys.argv[1:])


if __name__ == "__main__":
    raise SystemExit(main())
