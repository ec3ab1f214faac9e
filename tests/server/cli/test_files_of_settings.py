"""Files that settings name and that can't be read, or hold something else: one line names them, and the start ends."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.missing import skip_or_fail
from tests.ports import free_port
from tests.server.cli.test_forbidden_files import run_as_others
from tests.server.command_line import Ended, assert_explained, run_main
from tests.server.process import environment

DATABASE, CACHE = "FREEHOLD_DATABASE_URL: ", "FREEHOLD_CACHE_URL: "
ROOT = str(Path(__file__).parents[3])
LONG = f"/tmp/{'a' * 300}/x.pem"
PARAMETERS = ["sslcert", "sslkey", "sslrootcert", "sslcrl", "passfile"]
OF_REDIS = ["ssl_ca_certs", "ssl_certfile", "ssl_keyfile"]


@pytest.fixture
def closed(tmp_path: Path) -> Any:
    """A folder that a process without root's rights may not search."""
    folder = tmp_path / "closed"
    folder.mkdir()
    (folder / "x.pem").touch()
    folder.chmod(0)
    yield folder
    folder.chmod(0o700)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, sqlite_url: str) -> Any:
    """Runs a command, by default `serve` on an empty SQLite database."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, **variables: str) -> Ended:
        settings = {"FREEHOLD_DATABASE_URL": sqlite_url, "FREEHOLD_PORT": "0"} | variables
        return run_main(monkeypatch, capsys, *(arguments or ("serve",)), **settings)

    return run


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `cert.pem` and its `key.pem`, `other.pem` (a key of no certificate) and `words.pem`."""
    if shutil.which("openssl") is None:
        skip_or_fail("no openssl to make a certificate")
    folder = tmp_path_factory.mktemp("certificates")
    new = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    for certificate, key in (("cert.pem", "key.pem"), ("unused.pem", "other.pem")):
        made = [*new, "-subj", "/CN=x", "-out", str(folder / certificate), "-keyout", str(folder / key)]
        subprocess.run(made, check=True, capture_output=True)
    (folder / "words.pem").write_text("no certificate")
    return folder


@pytest.mark.parametrize("parameter", PARAMETERS)
def test_a_parameter_of_postgres_with_a_file_in_a_closed_folder_is_named(closed: Path, parameter: str) -> None:
    ended = run_as_others("migrate", FREEHOLD_DATABASE_URL=f"postgresql://u@127.0.0.1/d?{parameter}={closed}/x.pem")
    assert_explained(ended, f"{DATABASE}its parameter {parameter}: there is no file {closed}/x.pem that can be read")


@pytest.mark.parametrize("variable", ["PGSSLKEY", "PGPASSFILE"])
def test_a_variable_of_postgres_with_a_file_in_a_closed_folder_is_named(closed: Path, variable: str) -> None:
    variables = {"FREEHOLD_DATABASE_URL": "postgresql://u@127.0.0.1/d", variable: f"{closed}/x.pem"}
    ended = run_as_others("migrate", **variables)
    assert_explained(ended, f"{DATABASE}{variable}: there is no file {closed}/x.pem that can be read")


@pytest.mark.parametrize("parameter", OF_REDIS)
def test_a_parameter_of_redis_with_a_file_in_a_closed_folder_is_named(closed: Path, parameter: str) -> None:
    ended = run_as_others("serve", FREEHOLD_CACHE_URL=f"rediss://127.0.0.1?{parameter}={closed}/x.pem")
    assert_explained(ended, f"{CACHE}its parameter {parameter}: there is no file {closed}/x.pem that can be read")


@pytest.mark.parametrize("parameter", PARAMETERS)
def test_a_path_of_a_parameter_of_postgres_that_is_too_long_is_named(run: Any, parameter: str) -> None:
    ended = run("migrate", FREEHOLD_DATABASE_URL=f"postgresql://u@127.0.0.1/d?{parameter}={LONG}")
    assert_explained(ended, f"{DATABASE}its parameter {parameter}: there is no file {LONG} that can be read")


@pytest.mark.parametrize("parameter", OF_REDIS)
def test_a_path_of_a_parameter_of_redis_that_is_too_long_is_named(run: Any, parameter: str) -> None:
    ended = run(FREEHOLD_CACHE_URL=f"rediss://127.0.0.1?{parameter}={LONG}")
    assert_explained(ended, f"{CACHE}its parameter {parameter}: there is no file {LONG} that can be read")


@pytest.mark.parametrize("command", ["serve", "migrate", "migrate --status", "export -"])
@pytest.mark.parametrize("path", [f"/tmp/{'a' * 300}/x.db", f"/tmp/{'a' * 300}.db"])
def test_a_path_of_a_database_that_is_too_long_is_named(run: Any, command: str, path: str) -> None:
    ended = run(*command.split(), FREEHOLD_DATABASE_URL=f"sqlite:///{path}")
    assert_explained(ended, DATABASE)
    assert f"/tmp/{'a' * 300}" in ended.err
    assert "File name too long" in ended.err


@pytest.mark.parametrize("command", ["serve", "migrate", "migrate --status", "export -"])
@pytest.mark.parametrize("path", ["x.pem", "new.db"])
def test_a_database_in_a_closed_folder_is_named(closed: Path, command: str, path: str) -> None:
    ended = run_as_others(*command.split(), FREEHOLD_DATABASE_URL=f"sqlite:///{closed}/{path}")
    assert_explained(ended, f"{DATABASE}SQLite can't open {closed}/{path}: this process may not search {closed}\n")


@pytest.mark.parametrize(
    ("command", "reason"),
    [("serve", "may not search {0}\n"), ("migrate", "the folder {0}/deep can't be made: Permission denied\n")],
)
def test_a_database_below_a_closed_folder_is_named(closed: Path, command: str, reason: str) -> None:
    ended = run_as_others(command, FREEHOLD_DATABASE_URL=f"sqlite:///{closed}/deep/x.db")
    assert_explained(ended, DATABASE)
    assert reason.format(closed) in ended.err


@pytest.mark.parametrize("mode", ["", "?sslmode=require", "?sslmode=verify-full"])
def test_a_home_folder_that_may_not_be_searched_is_named(closed: Path, mode: str) -> None:
    url = f"postgresql://u@127.0.0.1:{free_port()}/d{mode}"
    ended = run_as_others("migrate", FREEHOLD_DATABASE_URL=url, HOME=str(closed))
    assert_explained(ended, f"{DATABASE}this process may not read {closed}/.postgresql/")
    assert "set HOME to the home folder of its user" in ended.err


def test_a_home_folder_that_may_not_be_searched_is_no_matter_without_tls(closed: Path) -> None:
    url = f"postgresql://u@127.0.0.1:{free_port()}/d?sslmode=disable"
    ended = run_as_others("migrate", FREEHOLD_DATABASE_URL=url, HOME=str(closed))
    assert_explained(ended, DATABASE)
    assert "can't be reached: Connection refused" in ended.err


def test_a_certificate_in_the_home_folder_that_is_none_is_named(run: Any, tmp_path: Path) -> None:
    (tmp_path / ".postgresql").mkdir()
    (tmp_path / ".postgresql" / "postgresql.crt").touch()
    ended = run("migrate", FREEHOLD_DATABASE_URL=f"postgresql://u@127.0.0.1:{free_port()}/d", HOME=str(tmp_path))
    file = tmp_path / ".postgresql" / "postgresql.crt"
    assert_explained(ended, f"{DATABASE}as sslcert is not given: the file {file} holds no certificate in PEM")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be a user without a name")
@pytest.mark.usefixtures("unmeasured")
def test_a_home_folder_that_nothing_names_is_none() -> None:
    env = environment(FREEHOLD_DATABASE_URL="postgresql://u@127.0.0.1/d", PGSERVICE="x")
    env.pop("HOME", None)
    command = ["setpriv", "--reuid=54321", "--clear-groups", sys.executable, "-m", "server.cli", "migrate"]
    ended = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False)
    said = f"{DATABASE}PGSERVICE: there is no service file ~/.pg_service.conf that can be read"
    assert_explained(Ended(ended.returncode, ended.stdout, ended.stderr), said)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("sslcert={0}/words.pem", "sslcert: the file {0}/words.pem holds no certificate in PEM"),
        ("sslcert={0}/cert.pem", "sslcert: the file {0}/cert.pem holds no key in PEM that belongs to the certificate"),
        ("sslcert={0}/cert.pem&sslkey={0}/words.pem", "sslkey: the file {0}/words.pem holds no key in PEM"),
        ("sslcert={0}/cert.pem&sslkey={0}/other.pem", "sslkey: the file {0}/other.pem holds no key in PEM"),
        ("sslmode=require&sslrootcert={0}/words.pem", "sslrootcert: the file {0}/words.pem holds no certificate"),
        ("sslmode=require&sslcrl={0}/words.pem", "sslcrl: the file {0}/words.pem holds no certificate or revocation"),
    ],
)
def test_a_file_for_tls_to_postgres_that_holds_something_else_is_named(
    run: Any, certificates: Path, query: str, said: str
) -> None:
    url = f"postgresql://u@127.0.0.1:{free_port()}/d?{query.format(certificates)}"
    assert_explained(run("migrate", FREEHOLD_DATABASE_URL=url), f"{DATABASE}its parameter {said.format(certificates)}")


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("ssl_certfile={0}/words.pem", "ssl_certfile: the file {0}/words.pem holds no certificate in PEM"),
        ("ssl_certfile={0}/cert.pem", "ssl_certfile: the file {0}/cert.pem holds no key in PEM"),
        ("ssl_certfile={0}/cert.pem&ssl_keyfile={0}/other.pem", "ssl_keyfile: the file {0}/other.pem holds no key"),
        ("ssl_ca_certs={0}/words.pem", "ssl_ca_certs: the file {0}/words.pem holds no certificate"),
    ],
)
def test_a_file_for_tls_to_redis_that_holds_something_else_is_named(
    run: Any, certificates: Path, query: str, said: str
) -> None:
    url = f"rediss://127.0.0.1:{free_port()}?{query.format(certificates)}"
    assert_explained(run(FREEHOLD_CACHE_URL=url), f"{CACHE}its parameter {said.format(certificates)}")


def test_files_that_hold_what_they_should_are_not_named(run: Any, certificates: Path) -> None:
    files = f"sslcert={certificates}/cert.pem&sslkey={certificates}/key.pem&sslrootcert={certificates}/cert.pem"
    ended = run("migrate", FREEHOLD_DATABASE_URL=f"postgresql://u@127.0.0.1:{free_port()}/d?sslmode=require&{files}")
    assert "can't be reached: Connection refused" in ended.err


def test_a_file_of_services_in_a_closed_folder_is_named(closed: Path) -> None:
    variables = {"PGSERVICE": "x", "PGSERVICEFILE": f"{closed}/x.pem"}
    ended = run_as_others("migrate", FREEHOLD_DATABASE_URL="postgresql://u@127.0.0.1/d", **variables)
    assert_explained(ended, f"{DATABASE}PGSERVICE: there is no service file {closed}/x.pem that can be read")


@pytest.mark.parametrize("path", ["/dev/zero", "/", "/nowhere", LONG])
def test_what_is_no_file_of_services_is_named(run: Any, path: str) -> None:
    variables = {"PGSERVICE": "x", "PGSERVICEFILE": path}
    ended = run("migrate", FREEHOLD_DATABASE_URL="postgresql://u@127.0.0.1/d", **variables)
    assert_explained(ended, f"{DATABASE}PGSERVICE: there is no service file {path} that can be read")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("export", "{0}/x"), "{0}/x ends in none of .csv, .ndjson, .jsonl"),
        (("export", "{0}/x.ndjson"), "Could not open file '{0}/x.ndjson': Permission denied"),
        (("import", "{0}/x.csv"), "'{0}/x.csv' does not exist"),
        (("import", "words.csv", "--errors", "{0}/x.csv"), "--errors {0}/x.csv: Permission denied"),
        (("import", "words.csv", "--errors", "{0}/deep/x.csv"), "there is no folder {0}/deep"),
        (("explain", "{0}/x.graphql"), "'{0}/x.graphql' does not exist"),
    ],
)
def test_an_argument_with_a_file_in_a_closed_folder_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, sqlite_url: str, closed: Path, arguments: tuple[str], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "words.csv").write_text("type,name\n")
    under = ("env", f"PYTHONPATH={ROOT}")
    given = [argument.format(closed) for argument in arguments]
    ended = run_as_others(*given, under=under, FREEHOLD_DATABASE_URL=sqlite_url)
    assert ended.status in (1, 2)
    assert said.format(closed) in ended.err
    assert "Traceback" not in ended.err


@pytest.mark.parametrize(
    ("path", "reason"),
    [("/dev/zero", "it is not a regular file"), ("pipe", "it is not a regular file"), (LONG, "File name too long")],
)
def test_what_is_no_manifest_of_trusted_documents_is_named(run: Any, tmp_path: Path, path: str, reason: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    ended = run(FREEHOLD_TRUSTED_DOCUMENTS=path)
    assert_explained(ended, f"FREEHOLD_TRUSTED_DOCUMENTS: {path}: {reason}")


def test_a_manifest_of_trusted_documents_in_a_closed_folder_is_named(closed: Path, sqlite_url: str) -> None:
    path = f"{closed}/x.pem"
    ended = run_as_others("serve", FREEHOLD_TRUSTED_DOCUMENTS=path, FREEHOLD_DATABASE_URL=sqlite_url)
    assert_explained(ended, f"FREEHOLD_TRUSTED_DOCUMENTS: {path}: Permission denied")


def test_a_manifest_of_trusted_documents_that_is_too_large_is_named(run: Any, tmp_path: Path) -> None:
    path = tmp_path / "large.json"
    path.touch()
    os.truncate(path, (64 << 20) + 1)
    ended = run(FREEHOLD_TRUSTED_DOCUMENTS=str(path))
    assert_explained(ended, f"FREEHOLD_TRUSTED_DOCUMENTS: {path}: it has more than 67,108,864 bytes")
