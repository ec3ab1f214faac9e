"""The commit that is measured."""

import subprocess
from pathlib import Path


def commit() -> str:
    """Its name, with a plus where files differ from it."""
    command = ["git", "describe", "--always", "--dirty=+"]
    found = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True, check=False)
    return found.stdout.strip() or "unknown"
