"""The reference names every limit, every error code and every scope, and the threats name tests that there are."""

import re
from pathlib import Path

import pytest

from schema.errors import ErrorCode
from schema.viewer import Scope
from server.admission.document_limits import MAX_VALUE_DEPTH, DocumentLimits
from server.http.errors import ANSWERS
from server.rate_limit.callers import PUBLIC_RATE
from server.settings.environment import variable_of
from server.settings.settings import Settings
from tests.server.attacks import ATTACKS

ROOT = Path(__file__).parents[2]
LIMITS_PAGE, ERRORS_PAGE, ACCESS_PAGE, THREATS_PAGE = (
    (ROOT / "docs" / page).read_text(encoding="utf-8")
    for page in ("reference/limits.md", "reference/errors.md", "reference/access.md", "explanation/threats.md")
)
LIMITS = [f"max_{name}" for name in DocumentLimits.__struct_fields__] + ["body_limit", "token_rate_limit"]


@pytest.mark.parametrize("field", LIMITS)
def test_every_limit_is_in_the_table_with_its_default(field: str) -> None:
    row = next(line for line in LIMITS_PAGE.splitlines() if f"| `{variable_of(field)}` |" in line)
    assert f"| {getattr(Settings(), field):,} |" in row


def test_what_is_fixed_is_told_as_it_is() -> None:
    assert f"| {MAX_VALUE_DEPTH} | fixed |" in LIMITS_PAGE
    assert f"{PUBLIC_RATE:,}; none in a demonstration" in LIMITS_PAGE


def test_every_code_is_explained_with_its_status() -> None:
    rows = {line.split("`")[1]: line.split("|")[2] for line in ERRORS_PAGE.splitlines() if line.startswith("| `")}
    assert set(rows) >= {*ErrorCode, *ANSWERS}
    assert [code for code, answer in ANSWERS.items() if str(answer.status) not in rows[code]] == []


def test_every_scope_is_explained() -> None:
    assert [scope for scope in Scope if f"| `{scope}` |" not in ACCESS_PAGE] == []


def test_every_threat_names_tests_that_there_are() -> None:
    rows = [line.split("|")[4] for line in THREATS_PAGE.splitlines() if line.startswith("| ")][2:]
    assert len(rows) > 25
    sources = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("*.py"))
    for row in rows:
        names = re.findall(r"`([^`]+)`", row)
        assert names, row
        for name in names:
            if name.startswith("tests/"):
                assert (ROOT / name).exists(), name
            elif name.startswith("test_"):
                assert f"def {name}(" in sources, name
            else:
                assert any(attack == name or attack.startswith(f"{name} [") for attack in ATTACKS), name
