"""Every decision says when it was made and whether it stands, and the index says the same."""

import re
from pathlib import Path

import pytest

from tests.docs.pages import ROOT

FOLDER = ROOT / "docs" / "decisions"
DECISIONS = sorted(FOLDER.glob("0*.md"))
_HEAD = re.compile(r"# (?P<number>\d+)\. (?P<title>.+)\n\nDate: (?P<date>\d{4}-\d\d-\d\d)\. Status: (?P<status>.+)\.\n")


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.stem)
def test_a_decision_has_a_date_and_a_status_and_a_row_of_the_index(page: Path) -> None:

    head = _HEAD.match(page.read_text(encoding="utf-8"))
    assert head is not None, "a decision begins with `# N. Title` and `Date: YYYY-MM-DD. Status: ….`"
    assert int(head["number"]) == int(page.name[:4])
    row = f"| {head['number']} | [{head['title']}]({page.name}) | {head['date']} | {head['status']} |"
    assert row in (FOLDER / "README.md").read_text(encoding="utf-8").splitlines()


def test_no_two_decisions_share_a_number() -> None:
    numbers = [page.name[:4] for page in DECISIONS]
    assert len(numbers) == len(set(numbers)) > 17
