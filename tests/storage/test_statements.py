"""The `.sql` files: what each must hold, and that both say the same."""

import re
from pathlib import Path

import pytest

from storage.database import Database
from storage.reads import READS
from storage.record import Owner, PriceChange, Property
from storage.statements import Statement, Statements, load_statements, load_texts
from storage.tables import table_of

BACKENDS = ["storage.sqlite", "storage.postgres"]
FILES = [(package, file) for package in BACKENDS for file in ("statements.sql", "tables.sql")]

# What a migration brings about, and fragments of a search, are not the Store's own.
NOT_OF_THE_STORE = {"lock_migrations", "schema_exists", "create_schema_migrations", "applied_migrations"}

of_every_file = pytest.mark.parametrize(("package", "file"), FILES, ids=lambda value: str(value))


def text_of(package: str, file: str) -> str:
    return Path(*package.split("."), file).read_text(encoding="utf-8")


def write_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> str:
    name = f"statements_{abs(hash(text))}"
    (tmp_path / name).mkdir()
    (tmp_path / name / "__init__.py").touch()
    (tmp_path / name / "statements.sql").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    return name


def test_both_databases_define_the_same_statements_in_the_same_order() -> None:
    sqlite, postgres = (list(load_statements(package)) for package in BACKENDS)
    assert sqlite == postgres


@of_every_file
def test_every_statement_is_described(package: str, file: str) -> None:
    headers = re.findall(r"^-- name: ([\w{}]+)\n(.*)\n", text_of(package, file), re.MULTILINE)
    assert len(headers) == len(load_texts(package, file))
    assert [name for name, line in headers if not re.match(r"-- [A-Z].*\w", line)] == []


@pytest.mark.parametrize(("package", "file"), [*FILES, ("storage.sql", "search.sql")])
def test_no_statement_is_empty_or_ends_with_a_semicolon(package: str, file: str) -> None:
    for text in load_texts(package, file).values():
        assert text
        assert ";" not in text


@pytest.mark.parametrize("package", BACKENDS)
def test_every_placeholder_is_filled(package: str) -> None:
    for statement in load_statements(package).values():
        assert set(re.findall(r"\{(\w+)\}", statement.text)) <= {"where", "order"}


def test_every_read_is_a_statement_of_its_name() -> None:
    assert READS.keys() <= load_statements(BACKENDS[0]).keys()


def test_a_name_that_stands_twice_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = write_file(tmp_path, monkeypatch, "-- name: a\n-- A.\nSELECT 1\n\n-- name: a\n-- A.\nSELECT 2\n")
    with pytest.raises(ValueError, match="a stands twice"):
        load_texts(package, "statements.sql")


def test_a_statement_keeps_its_text_and_loses_its_description(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = "-- name: a\n-- One.\n-- More.\nSELECT 1\n-- within\nFROM t\n"
    two = "-- name: b\n-- Two.\nSELECT {owner} FROM owners o\n"
    text = f"-- About the file.\n\n{one}\n{two}"
    package = write_file(tmp_path, monkeypatch, text)
    fields = "o.id, o.reference, o.name, o.email, o.phone, o.created_at"
    assert Statements(load_texts(package, "statements.sql")) == {
        "a": Statement("a", "SELECT 1\n-- within\nFROM t"),
        "b": Statement("b", f"SELECT {fields} FROM owners o"),
    }


OWNER = Owner("id", None, "Ada", "ada@example.org", None, 0)
PROPERTY = Property("id", None, 1, "a", "c", "r", None, 1, "draft", None, None, None, None, None, "owner", 0, 0)
CHANGE = PriceChange("id", "property", 1, 2, "draft", "active", 0)


@pytest.mark.parametrize(("table", "record"), [("owners", OWNER), ("properties", PROPERTY), ("price_changes", CHANGE)])
async def test_a_record_has_the_columns_of_its_table_in_their_order(
    database: Database, table: str, record: Owner | Property | PriceChange
) -> None:
    columns = await columns_of(database, table)
    kept = [column for column in columns if not column.endswith("_key")]
    assert kept == list(record.__struct_fields__)
    assert set(columns) == set(table_of(record).row(record))


async def columns_of(database: Database, table: str) -> list[str]:
    about = f"SELECT name FROM pragma_table_info('{table}') ORDER BY cid"
    if "postgres" in database.migrations:
        about = f"SELECT attname FROM pg_attribute WHERE attrelid = '{table}'::regclass AND attnum > 0 ORDER BY attnum"
    return [row[0] for row in await database.fetch(Statement("columns", about))]
