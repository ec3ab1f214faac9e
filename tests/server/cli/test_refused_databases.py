"""Databases that can't be reached or refuse: each command ends in one line that names FREEHOLD_DATABASE_URL."""

import asyncio
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
import pytest

from server.cli.commands import COMMANDS
from storage.postgres import connecting
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
        settings = {"FREEHOLD_DATABASE_URL": url, "FREEHOLD_PORT": "0"}
        return run_main(monkeypatch, capsys, *(arguments or ("migrate",)), **settings, **variables)

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
        ("postgresql://u:hunter2@nowhere.invalid/d", "the host's name can't be resolved"),
        ("postgresql:///d?host=/nowhere&user=u&password=hunter2", "can't be reached"),
        (
            "postgresql://u:hunter2@127.0.0.1:{port}/d?sslcert={file}",
            "its parameter sslcert: the file {file} holds no certificate in PEM",
        ),
    ],
)
def test_a_server_that_is_not_there_is_one_line(run: Any, tmp_path: Path, url: str, reason: str) -> None:
    file = tmp_path / "cert.pem"
    file.write_text("no certificate")
    ended = run(url.format(port=free_port(), file=file))
    assert_explained(ended, VARIABLE)
    assert reason.format(file=file) in ended.err


@pytest.mark.parametrize("variable", ["PGPORT", "PGSSLMODE", "PGSSLROOTCERT", "PGCONNECT_TIMEOUT", "PGSERVICE"])
def test_a_wrong_variable_of_libpq_is_one_line_that_names_it(run: Any, variable: str) -> None:
    ended = run("postgresql://u@127.0.0.1/d", **{variable: "nosuch"})
    assert_explained(ended, f"{VARIABLE}{variable}")


def test_a_primary_where_a_variable_asks_for_a_standby_names_it(run: Any, postgres_server: str) -> None:
    ended = run(postgres_server, PGTARGETSESSIONATTRS="standby")
    assert_explained(ended, VARIABLE)
    assert "is not the kind of server that PGTARGETSESSIONATTRS asks for" in ended.err


@pytest.mark.parametrize("name", sorted(set(COMMANDS) - {"schema", "sql", "token"}))
def test_every_command_explains_a_database_that_is_down(run: Any, tmp_path: Path, name: str) -> None:
    file = tmp_path / "x.csv"
    file.write_text("{ currency }")
    arguments = {"import": [str(file)], "explain": [str(file)], "export": ["-"]}.get(name, [])
    ended = run(f"postgresql://u:hunter2@127.0.0.1:{free_port()}/d", name, *arguments)
    assert_explained(ended, VARIABLE)


def test_several_workers_explain_a_database_that_is_down() -> None:
    env = environment(
        FREEHOLD_DATABASE_URL=f"postgresql://u:hunter2@127.0.0.1:{free_port()}/d",
        FREEHOLD_WORKERS="2",
        FREEHOLD_PORT="0",
    )
    ended = run_freehold("serve", env=env)
    assert_explained(Ended(ended.returncode, ended.stdout, ended.stderr), VARIABLE)


@pytest.mark.parametrize(
    ("name", "command", "reason"),
    [
        ("no-database", "serve", "file is not a database"),
        ("folder", "migrate", "it is a folder"),
        ("folder", "serve", "it is a folder"),
        ("/dev/null", "migrate", "it is not a file that can be a database"),
        ("pipe", "migrate", "it is not a file that can be a database"),
        ("missing/x.db", "serve", "there is no folder missing"),
        ("no-database/x.db", "serve", "no-database is no folder"),
        ("no-database/x.db", "migrate", "the folder no-database can't be made: File exists"),
        ("no-database/deep/x.db", "migrate", "can't be made: Not a directory"),
        ("x" * 300, "migrate", "File name too long"),
        ("/proc/x.db", "migrate", "unable to open database file"),
        ("/proc/deep/x.db", "migrate", "can't be made"),
        ("loop", "serve", "it is a link to loop, which does not exist"),
        ("other.db", "migrate", "SQLite: table properties already exists, and is not Freehold's: use another database"),
        ("rails.db", "migrate", "its table schema_migrations is not Freehold's"),
        ("rails.db", "serve", "its table schema_migrations is not Freehold's"),
        ("empty", "seed", "migrations are missing from the database: run `freehold migrate`"),
    ],
)
def test_a_file_that_can_not_be_our_database_is_one_line(
    run: Any, tmp_path: Path, name: str, command: str, reason: str
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "no-database").write_text("no database" * 1000)
    (tmp_path / "empty").touch()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to("loop")
    for file, table in (("other.db", "properties (id)"), ("rails.db", "schema_migrations (version)")):
        with closing(sqlite3.connect(tmp_path / file)) as connection:
            connection.execute(f"CREATE TABLE {table}")
    ended = run(f"sqlite:///{name}", command)
    assert_explained(ended, VARIABLE)
    assert reason in ended.err


COMMANDS_ON_A_DATABASE = {
    "serve": [],
    "serve-workers": ["serve", "--workers", "2"],
    "migrate-status": ["migrate", "--status"],
    "seed": [],
    "seed-if-empty": ["seed", "--if-empty"],
    "import": ["import", "here.csv"],
    "export": ["export", "there.ndjson"],
    "explain": ["explain", "here.csv"],
}


@pytest.mark.parametrize(
    ("name", "path"),
    [*((name, "misspelt.db") for name in COMMANDS_ON_A_DATABASE), ("serve", "link.db"), ("export", "missing/x")],
)
def test_no_command_but_migrate_makes_a_file(run: Any, tmp_path: Path, name: str, path: str) -> None:
    (tmp_path / "here.csv").write_text("{ currency }")
    (tmp_path / "link.db").symlink_to("nowhere.db")
    before = sorted(tmp_path.rglob("*"))
    ended = run(f"sqlite:///{path}", *(COMMANDS_ON_A_DATABASE[name] or [name]))
    assert_explained(ended, f"{VARIABLE}SQLite can't open {path}: ")
    reasons = {
        "misspelt.db": f"there is no such file in {tmp_path} (`freehold migrate` makes one)",
        "missing/x": "there is no folder missing",
        "link.db": "it is a link to nowhere.db, which does not exist",
    }
    assert reasons[path] in ended.err
    assert sorted(tmp_path.rglob("*")) == before


def test_migrate_names_the_file_that_it_makes(tmp_path: Path) -> None:
    env = environment(FREEHOLD_DATABASE_URL=f"sqlite:///{tmp_path}/folder/x.db")
    assert run_freehold("migrate", env=env).stdout.startswith(f"made the file {tmp_path}/folder/x.db\napplied 0001 ")
    assert run_freehold("migrate", env=env).stdout == "the database is up to date\n"


@pytest.mark.parametrize("bytes", [0, 5_000, 40_000])
@pytest.mark.usefixtures("unmeasured")
def test_a_disk_that_is_full_is_one_line(tmp_path: Path, bytes: int) -> None:
    program = f"""if True:
        import resource, sys
        resource.setrlimit(resource.RLIMIT_FSIZE, ({bytes}, {bytes}))
        from server.cli import main
        sys.argv = ["freehold", "migrate"]
        main()
    """
    env = environment(FREEHOLD_DATABASE_URL=f"sqlite:///{tmp_path}/x.db", PYTHONPATH=str(Path(__file__).parents[3]))
    ended = subprocess.run([sys.executable, "-c", program], env=env, capture_output=True, text=True, check=False)
    assert_explained(Ended(ended.returncode, ended.stdout, ended.stderr), VARIABLE)


def run_with(limit: int, *arguments: str, **variables: str) -> Ended:
    """Run the command with so many file descriptors at most, once its modules are loaded."""
    program = f"""if True:
        import resource, sys
        import server.cli.serve, server.cli.export_file, server.cli.failures, storage.sqlite.database
        resource.setrlimit(resource.RLIMIT_NOFILE, ({limit}, {limit}))
        from server.cli import main
        sys.argv = ["freehold", *{list(arguments)!r}]
        main()
    """
    env = environment(PYTHONPATH=str(Path(__file__).parents[3]), FREEHOLD_PORT="0", **variables)
    ended = subprocess.run(
        [sys.executable, "-c", program], env=env, capture_output=True, text=True, timeout=60, check=False
    )
    return Ended(ended.returncode, ended.stdout, ended.stderr)


@pytest.mark.parametrize("limit", [7, 15, 63])
def test_a_limit_of_open_files_that_is_too_low_to_serve_is_one_line(sqlite_url: str, limit: int) -> None:
    ended = run_with(limit, "serve", FREEHOLD_DATABASE_URL=sqlite_url)
    assert_explained(ended, f"the limit of open files is {limit}, and must be at least 64: ")
    assert "ulimit -Hn" in ended.err


@pytest.mark.parametrize("limit", [9, 11])
def test_a_file_that_can_not_be_opened_for_want_of_descriptors_says_so(sqlite_url: str, limit: int) -> None:
    ended = run_with(limit, "export", "-", FREEHOLD_DATABASE_URL=sqlite_url)
    assert_explained(ended, VARIABLE)
    assert "no file descriptors are left" in ended.err


@pytest.mark.parametrize("command", ["migrate", "serve", "seed"])
def test_a_database_that_is_not_in_utf_8_is_one_line(run: Any, postgres_server: str, command: str) -> None:
    url = asyncio.run(_latin_database(postgres_server))
    ended = run(url, command)
    assert_explained(ended, VARIABLE)
    assert "the database's encoding is LATIN1, and must be UTF8" in ended.err


async def _latin_database(server_url: str) -> str:
    name = f"freehold_latin_{uuid4().hex}"
    connection = await asyncpg.connect(server_url)
    await connection.execute(f"CREATE DATABASE {name} ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    await connection.close()
    return urlsplit(server_url)._replace(path=f"/{name}").geturl()


def test_a_server_that_is_too_old_is_one_line(run: Any, postgres_server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connecting, "MIN_VERSION", 99)
    ended = run(postgres_server)
    assert_explained(ended, VARIABLE)
    assert "and must be 99 or newer" in ended.err


async def _alter(url: str, change: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(change.format(name=urlsplit(url).path[1:]))
    await connection.close()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("ALTER DATABASE {name} SET default_transaction_read_only = on", "in a read-only transaction"),
        ("ALTER DATABASE {name} SET search_path = nowhere", "no schema has been selected to create in"),
        ("CREATE TABLE properties (id integer)", "FREEHOLD_DATABASE_SCHEMA"),
        ("CREATE TABLE schema_migrations (version text)", "FREEHOLD_DATABASE_SCHEMA"),
        ("CREATE VIEW owners AS SELECT 1", "FREEHOLD_DATABASE_SCHEMA"),
        ("CREATE TYPE owners AS (id integer)", "FREEHOLD_DATABASE_SCHEMA"),
        ("CREATE FUNCTION freehold_table_emptied() RETURNS integer LANGUAGE sql AS 'SELECT 1'", "Freehold's"),
    ],
)
async def test_a_postgres_that_can_not_be_our_database_is_one_line(
    empty_postgres_url: str, change: str, reason: str
) -> None:
    await _alter(empty_postgres_url, change)
    env = environment(FREEHOLD_DATABASE_URL=empty_postgres_url)
    ended = await asyncio.to_thread(run_freehold, "migrate", env=env)
    assert_explained(Ended(ended.returncode, ended.stdout, ended.stderr), VARIABLE)
    assert reason in ended.stderr


def test_a_primary_where_a_standby_is_asked_for_is_one_line(run: Any, postgres_server: str) -> None:
    ended = run(f"{postgres_server}{'&' if '?' in postgres_server else '?'}target_session_attrs=standby")
    assert_explained(ended, VARIABLE)
    assert "is not the kind of server that its parameter target_session_attrs asks for" in ended.err


def test_too_few_connections_name_what_makes_up_the_number(run: Any, postgres_server: str) -> None:
    ended = run(postgres_server, "serve", FREEHOLD_INSTANCES="25", FREEHOLD_WORKERS="2", FREEHOLD_POOL_RESERVE="15")
    assert_explained(ended, f"{VARIABLE}Postgres takes ")
    assert ended.err.endswith(
        " connections, of which 15 are left to others (FREEHOLD_POOL_RESERVE). 50 processes (FREEHOLD_INSTANCES times"
        " FREEHOLD_WORKERS) need 3 each, 1 for its pool and 2 for the cache, which listens for others' writes"
        " (FREEHOLD_CACHE_URL=none needs none): 150. Raise max_connections to 165, or lower one of these settings\n"
    )
