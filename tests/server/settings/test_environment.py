"""The environment's variables: a misspelt one is named, and each error names the variable that was set."""

from typing import Any

import pytest
from click.testing import CliRunner

from server.cli.commands import freehold
from server.settings.settings import InvalidSettings, load_settings


def wrong(monkeypatch: pytest.MonkeyPatch, **variables: str) -> str:
    """What is said of this environment's settings."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(InvalidSettings) as raised:
        load_settings()
    return str(raised.value)


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("FREEHOLD_DATABSE_URL", "FREEHOLD_DATABSE_URL: there is no such setting. Did you mean FREEHOLD_DATABASE_URL?"),
        ("FREEHOLD_TOKNES", "FREEHOLD_TOKNES: there is no such setting. Did you mean FREEHOLD_TOKENS?"),
        ("FREEHOLD_CORS_ORIGIN", "Did you mean FREEHOLD_CORS_ORIGINS?"),
        ("freehold_databse_url", "freehold_databse_url: there is no such setting. Did you mean FREEHOLD_DATABASE_URL?"),
        ("Freehold_Wrokers", "Did you mean FREEHOLD_WORKERS?"),
        ("FREEHOLD_", "FREEHOLD_: there is no such setting. docs/reference/settings.md lists all settings."),
        ("FREEHOLD_QQQ", "FREEHOLD_QQQ: there is no such setting. docs/reference/settings.md lists all settings."),
        ("FREEHOLD_HOST_PORT", "there is no such setting"),
    ],
)
def test_a_misspelt_setting_is_named_with_the_nearest(monkeypatch: pytest.MonkeyPatch, name: str, line: str) -> None:
    said = wrong(monkeypatch, **{name: "hunter2"})
    assert line in said
    assert "hunter2" not in said
    assert "\n" not in said


def test_each_misspelt_setting_has_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(wrong(monkeypatch, FREEHOLD_DATABSE_URL="x", FREEHOLD_TOKNES="y").splitlines()) == 2


@pytest.mark.parametrize(
    "variables",
    [
        {"FREEHOLD_TEST_POSTGRES_URL": "postgresql://"},
        {"FREEHOLD_SERVICE_HOST": "10.0.0.1", "FREEHOLD_SERVICE_PORT": "80", "FREEHOLD_SERVICE_PORT_HTTP": "80"},
        {
            "FREEHOLD_PORT_8000_TCP": "tcp://10.0.0.1:8000",
            "FREEHOLD_PORT_8000_TCP_PROTO": "tcp",
            "FREEHOLD_PORT_8000_TCP_PORT": "8000",
            "FREEHOLD_PORT_8000_TCP_ADDR": "10.0.0.1",
        },
        {"FREEHOLD_DB_SERVICE_HOST": "10.0.0.1", "FREEHOLD_DB_PORT": "tcp://10.0.0.1:5432"},
        {"FREEHOLDER": "x", "FREE": "y", "HOLD_FREEHOLD_X": "z"},
        {"freehold_workers": "2"},
    ],
)
def test_variables_that_are_no_misspelt_settings_are_spared(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    load_settings()


def test_the_port_that_kubernetes_sets_for_a_service_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    said = wrong(monkeypatch, FREEHOLD_PORT="tcp://10.96.0.1:8000")
    assert said.startswith("FREEHOLD_PORT: Kubernetes set this for a Service named freehold")


def test_one_setting_in_two_spellings_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    said = wrong(monkeypatch, FREEHOLD_PORT="1", freehold_port="2")
    assert said.startswith("FREEHOLD_PORT and freehold_port: one setting, spelled in two ways")


@pytest.mark.parametrize(
    ("variables", "variable"),
    [
        ({"PORT": "abc"}, "PORT"),
        ({"PORT": ""}, "PORT"),
        ({"HOST": ""}, "HOST"),
        ({"FREEHOLD_PORT": "abc"}, "FREEHOLD_PORT"),
        ({"FREEHOLD_PORT": "abc", "PORT": "80"}, "FREEHOLD_PORT"),
        ({"freehold_port": "abc"}, "freehold_port"),
        ({"FREEHOLD_HOST": ""}, "FREEHOLD_HOST"),
        ({"FREEHOLD_WORKERS": "0"}, "FREEHOLD_WORKERS"),
        ({"FREEHOLD_MAX_COST": "much"}, "FREEHOLD_MAX_COST"),
    ],
)
def test_the_variable_that_was_set_is_named(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], variable: str
) -> None:
    said = wrong(monkeypatch, **variables)
    assert said.startswith(f"{variable}: expected ")
    assert "\n" not in said


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"FREEHOLD_JWT_ISSUER": "x"}, "FREEHOLD_JWT_ISSUER, FREEHOLD_JWT_AUDIENCE, and FREEHOLD_JWT_JWKS_URL"),
        (
            {
                "FREEHOLD_JWT_ISSUER": "x",
                "FREEHOLD_JWT_AUDIENCE": "y",
                "FREEHOLD_JWT_JWKS_URL": "https://issuer.example/keys",
                "FREEHOLD_JWT_KEY": "k" * 32,
            },
            "FREEHOLD_JWT_JWKS_URL and FREEHOLD_JWT_KEY: set one of them",
        ),
        (
            {"FREEHOLD_LISTEN_URL": "postgresql://h/d"},
            "FREEHOLD_LISTEN_URL is for Postgres, and FREEHOLD_DATABASE_URL names a SQLite file",
        ),
        (
            {"FREEHOLD_PGBOUNCER": "true"},
            "FREEHOLD_PGBOUNCER is for Postgres, and FREEHOLD_DATABASE_URL names a SQLite file",
        ),
        (
            {"FREEHOLD_DATABASE_SCHEMA": "estate"},
            "FREEHOLD_DATABASE_SCHEMA is for Postgres, and FREEHOLD_DATABASE_URL names a SQLite file",
        ),
    ],
)
def test_a_rule_over_several_settings_names_those(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], named: str
) -> None:
    assert wrong(monkeypatch, **variables).startswith(named)


COMMANDS: list[list[Any]] = [
    ["serve"],
    ["migrate"],
    ["migrate", "--status"],
    ["seed"],
    ["import", "{file}"],
    ["export", "-"],
    ["explain", "{file}"],
    ["schema"],
    ["token", "ci"],
]


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_no_command_runs_beside_a_misspelt_setting(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any, arguments: list[str]
) -> None:
    file = tmp_path / "x.csv"
    file.write_text("reference\n")
    monkeypatch.setenv("FREEHOLD_DATABSE_URL", "x")
    monkeypatch.chdir(tmp_path)
    ended = CliRunner().invoke(freehold, [argument.format(file=file) for argument in arguments])
    assert isinstance(ended.exception, InvalidSettings)
    assert [path.name for path in tmp_path.iterdir()] == ["x.csv"]


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["serve", "--help"]], ids=" ".join)
def test_help_is_shown_beside_a_misspelt_setting(monkeypatch: pytest.MonkeyPatch, arguments: list[str]) -> None:
    monkeypatch.setenv("FREEHOLD_DATABSE_URL", "x")
    assert CliRunner().invoke(freehold, arguments).exit_code == 0
