"""Databases that can't be reached or refuse: each command ends in one line that names FREEHOLD_DATABASE_URL."""

from pathlib import Path
from typing import Any

import pytest

from server.cli import freehold
from tests.ports import free_port
from tests.server.command_line import Ended, assert_explained, run_main
from tests.server.fake_postgres import error, refusing
from tests.server.process import environment, run_freehold

VARIABLE = "FREEHOLD_DATABASE_URL: "


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Any:
    """Runs a command on the database of a URL."""
    monkeypatch.chdir(tmp_path)

    def run(url: str, *arguments: str, **variables: str) -> Ended:
        return run_main(monkeypatch, capsys, *(arguments or ("migrate",)), FREEHOLD_DATABASE_URL=url, **variables)

    return run


@pytest.mark.parametrize(
    ("sqlstate", "message"),
    [
        ("28P01", 'password authentication failed for user "u"'),
        ("28000", 'role "u" does not exist'),
        ("3D000", 'database "d" does not exist'),
        ("42704", 'unrecognized configuration parameter "x"'),
        ("42501", "permission denied for database d"),
        ("08P01", "unsupported startup parameter: statement_timeout"),
        ("53300", "sorry, too many clients already"),
        ("57P03", "the database system is starting up"),
        ("22023", 'invalid value for parameter "jit"'),
        ("XX000", "Tenant or user not found"),
    ],
)
def test_whatever_the_server_says_while_connecting_is_one_line(run: Any, sqlstate: str, message: str) -> None:
    with refusing(error(sqlstate, message)) as place:
        ended = run(f"postgresql://u:hunter2@{place}/d")
    assert_explained(ended, VARIABLE)
    assert message in ended.err
    assert place in ended.err


@pytest.mark.parametrize(
    "answer", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"-ERR unknown command\r\n", b"", b"E\0\0\0\4"]
)
def test_what_is_no_postgres_is_one_line(run: Any, answer: bytes) -> None:
    with refusing(answer) as place:
        assert_explained(run(f"postgresql://u:hunter2@{place}/d"), VARIABLE)


@pytest.mark.parametrize("to_tls", [b"N", b"S", b"H", b"E"])
def test_refused_tls_is_one_line(run: Any, to_tls: bytes) -> None:
    with refusing(b"nothing", to_tls=to_tls) as place:
        assert_explained(run(f"postgresql://u:hunter2@{place}/d?sslmode=require"), VARIABLE)


def test_a_server_that_does_not_answer_is_one_line_with_the_deadline(run: Any) -> None:
    with refusing(None) as place:
        ended = run(f"postgresql://u:hunter2@{place}/d", FREEHOLD_CONNECT_TIMEOUT="0.3")
        assert_explained(ended, VARIABLE)
        assert "did not answer within 0.3 seconds" in ended.err
        ended = run(f"postgresql://u:hunter2@{place}/d?connect_timeout=1", FREEHOLD_CONNECT_TIMEOUT="60")
        assert "did not answer within 1 seconds" in ended.err


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("postgresql://u:hunter2@127.0.0.1:{port}/d", "can't be reached"),
        ("postgresql://u:hunter2@[::1]:{port}/d", "can't be reached"),
        ("postgresql://u:hunter2@localhost:{port}/d", "can't be reached"),
        ("postgresql://u:hunter2@127.0.0.1:{port},127.0.0.2:{port}/d", "can't be reached"),
        ("postgresql://u:hunter2@nowhere.invalid/d", "the host's name leads nowhere"),
        ("postgresql:///d?host=/nowhere&user=u&password=hunter2", "can't be reached"),
        ("postgresql://u:hunter2@127.0.0.1:{port}/d?sslcert={file}", "TLS failed"),
    ],
)
def test_a_server_that_is_not_there_is_one_line(run: Any, tmp_path: Path, url: str, reason: str) -> None:
    file = tmp_path / "cert.pem"
    file.write_text("no certificate")
    ended = run(url.format(port=free_port(), file=file))
    assert_explained(ended, VARIABLE)
    assert reason in ended.err


@pytest.mark.parametrize(("variable", "value"), [("PGPORT", "hunter2"), ("PGSSLMODE", "hunter3")])
def test_a_wrong_variable_of_libpq_is_one_line(run: Any, variable: str, value: str) -> None:
    ended = run("postgresql://u@127.0.0.1/d", **{variable: value})
    assert ended.status == 1
    assert len(ended.err.splitlines()) == 1


@pytest.mark.parametrize("name", sorted(set(freehold.commands) - {"schema", "token"}))
def test_every_command_explains_a_database_that_is_down(run: Any, tmp_path: Path, name: str) -> None:
    file = tmp_path / "x.csv"
    file.write_text("{ currency }")
    arguments = {"import": [str(file)], "explain": [str(file)], "export": ["-"]}.get(name, [])
    ended = run(f"postgresql://u:hunter2@127.0.0.1:{free_port()}/d", name, *arguments)
    assert_explained(ended, VARIABLE)


def test_several_workers_explain_a_database_that_is_down() -> None:
    env = environment(FREEHOLD_DATABASE_URL=f"postgresql://u:hunter2@127.0.0.1:{free_port()}/d", FREEHOLD_WORKERS="2")
    ended = run_freehold("serve", env=env)
    assert_explained(Ended(ended.returncode, ended.stdout, ended.stderr), VARIABLE)
