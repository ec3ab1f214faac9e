"""docs/security.md is whole: every limit, every code, and tests that there are."""

import re
from pathlib import Path

import pytest

from schema.errors import ErrorCode
from schema.viewer import Scope
from server.environment import variable_of
from server.limits.document_limits import MAX_VALUE_DEPTH, DocumentLimits
from server.rate_limit.callers import PUBLIC_RATE
from server.settings import Settings
from tests.server.attacks import ATTACKS

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
LIMITS = [f"max_{name}" for name in DocumentLimits.__struct_fields__] + ["body_limit", "token_rate_limit"]


@pytest.mark.parametrize("field", LIMITS)
def test_every_limit_is_in_the_table_with_its_default(field: str) -> None:
    row = next(line for line in TEXT.splitlines() if f"| `{variable_of(field)}` |" in line)
    assert f"| {Settings.model_fields[field].default:,} |" in row


def test_what_is_fixed_is_told_as_it_is() -> None:
    assert f"| {MAX_VALUE_DEPTH} | fixed |" in TEXT
    assert f"{PUBLIC_RATE:,}; none in a demonstration" in TEXT


def test_every_code_and_every_scope_is_explained() -> None:
    sources = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "server").rglob("*.py"))
    codes = set(ErrorCode) | set(re.findall(r'refuse\(\s*\d+, "([A-Z_]+)"', sources))
    assert {code for code in codes if f"`{code}`" not in TEXT.split("## Codes")[1]} == set()
    assert [scope for scope in Scope if f"| `{scope}` |" not in TEXT] == []


def test_every_threat_names_tests_that_there_are() -> None:
    rows = [line.split("|")[4] for line in TEXT.split("## Threats")[1].splitlines() if line.startswith("| ")][2:]
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
