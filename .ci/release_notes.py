"""Prints the section of CHANGELOG.md about one version. Fails where there is none, or where it is unreleased."""

import re
import sys
from pathlib import Path


def notes_of(version: str, changelog: str) -> str:
    """The text below the version's heading. Raises ValueError unless the heading gives a date."""
    heading = re.compile(rf"^## \[{re.escape(version)}\] - \d{{4}}-\d\d-\d\d$", re.MULTILINE)
    found = heading.search(changelog)
    if found is None:
        raise ValueError(f"CHANGELOG.md has no heading `## [{version}] - YYYY-MM-DD`")
    section, *_ = re.split(r"^## ", changelog[found.end() :], maxsplit=1, flags=re.MULTILINE)
    return section.strip() + "\n"


if __name__ == "__main__":
    text = (Path(__file__).parent.parent / "CHANGELOG.md").read_text(encoding="utf-8")
    try:
        sys.stdout.write(notes_of(sys.argv[1], text))
    except ValueError as exc:
        sys.exit(str(exc))
