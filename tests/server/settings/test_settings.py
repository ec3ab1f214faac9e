"""Settings: their documentation, and what is said of wrong ones."""

from pathlib import Path
from typing import Any

import pytest

from server.settings.environment import variable_of
from server.settings.secret import Secret
from server.settings.settings import InvalidSettings, Settings, load_settings
from server.settings.values import annotations_of, description_of

DOCUMENT = Path(__file__).parents[3] / "docs" / "reference" / "settings.md"


@pytest.mark.parametrize("field", Settings.__struct_fields__)
def test_every_setting_is_documented_with_its_default(field: str) -> None:
    rows = DOCUMENT.read_text(encoding="utf-8").splitlines()
    row = next((line for line in rows if line.startswith(f"| `{variable_of(field)}` |")), None)
    assert row is not None, f"{variable_of(field)} is not in docs/reference/settings.md"
    assert f"| {shown(getattr(Settings(), field))} | {description_of(annotations_of(Settings)[field])} |" in row


def shown(default: Any) -> str:
    """A default as the page shows it."""
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    if isinstance(default, Secret):
        default = default.text
    text = " ".join(default) if isinstance(default, tuple) else "" if default is None else str(default)
    return f"`{text}`" if text else ""


@pytest.mark.parametrize(
    ("variable", "value", "complaint"),
    [
        ("FREEHOLD_DATABASE_URL", "mysql://x", "expected sqlite:///… or postgresql://…"),
        ("FREEHOLD_DATABASE_URL", "sqlite:///", "expected sqlite:///path/to/file"),
        ("FREEHOLD_DATABASE_URL", "sqlite://host/x", "expected sqlite:///path/to/file"),
        ("FREEHOLD_PORT", "http", "expected a whole number"),
        ("PORT", "70000", "expected at most 65,535"),
        ("FREEHOLD_CURRENCY", "euro", "expected three capital letters"),
        ("FREEHOLD_STATEMENT_TIMEOUT", "0", "expected more than 0"),
        ("FREEHOLD_JWT_ALGORITHM", "x", "expected one of RS256, RS384, "),
        ("FREEHOLD_LOG_LEVEL", "loud", "expected one of debug, info, warning or error"),
    ],
)
def test_a_wrong_setting_names_the_variable_and_what_it_expects(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, complaint: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(InvalidSettings) as raised:
        load_settings()
    assert complaint in str(raised.value)
    assert variable.removeprefix("FREEHOLD_") in str(raised.value).partition(":")[0]


def test_a_password_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FREEHOLD_DATABASE_URL", "postgresql://me:hush@localhost/x")
    assert "hush" not in repr(load_settings())


def test_behind_pgbouncer_no_statements_are_prepared_unless_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FREEHOLD_DATABASE_URL", "postgresql://h/d")
    assert load_settings().options().postgres.statement_cache == 256
    monkeypatch.setenv("FREEHOLD_PGBOUNCER", "true")
    assert load_settings().options().postgres.statement_cache == 0
    monkeypatch.setenv("FREEHOLD_STATEMENT_CACHE", "100")
    assert load_settings().options().postgres.statement_cache == 100


@pytest.mark.parametrize("text", ["+8_0", "1_000", "+80", "80.0", "8e1", "٨٠", "８０", "0x50", "", " "])
@pytest.mark.parametrize("variable", ["FREEHOLD_PORT", "PORT", "FREEHOLD_POOL_SIZE", "FREEHOLD_STATEMENT_CACHE"])
def test_a_whole_number_with_anything_but_digits_is_refused(
    monkeypatch: pytest.MonkeyPatch, variable: str, text: str
) -> None:
    monkeypatch.setenv(variable, text)
    with pytest.raises(InvalidSettings, match="expected a whole number") as raised:
        load_settings()
    assert str(raised.value).startswith(variable)


@pytest.mark.parametrize("text", ["1_0", "+1", "1e1", "1,5", ".5", "5.", "inf", "nan", "٥", ""])
@pytest.mark.parametrize("variable", ["FREEHOLD_STATEMENT_TIMEOUT", "FREEHOLD_CACHE_BOUND"])
def test_a_decimal_with_anything_but_digits_and_a_point_is_refused(
    monkeypatch: pytest.MonkeyPatch, variable: str, text: str
) -> None:
    monkeypatch.setenv(variable, text)
    with pytest.raises(InvalidSettings, match="expected a number") as raised:
        load_settings()
    assert str(raised.value).startswith(variable)
