"""`freehold export`."""

from pathlib import Path

import pytest

from storage.errors import SchemaMismatch, Unavailable
from storage.transfer.snapshot import Snapshot
from tests.server.cli.conftest import Run, runner_of


def test_what_export_writes_import_reads(run: Run, empty_database_url: str) -> None:
    run("seed", "--owners", 5, "--properties", 20)
    result = run("export", "a.ndjson")
    assert result.exit_code == 0, result.output
    rows = Path("a.ndjson").read_bytes().count(b"\n")
    assert result.stdout == f"{rows} rows exported to a.ndjson\n"
    other = runner_of(empty_database_url)
    other("migrate")
    assert other("import", "a.ndjson").exit_code == 0
    assert other("export", "-").stdout_bytes == Path("a.ndjson").read_bytes()


def test_standard_output_holds_nothing_else(run: Run) -> None:
    run("seed", "--owners", 3, "--properties", 0)
    result = run("export", "-")
    assert [line[:16] for line in result.stdout.splitlines()] == ['{"type":"owner",'] * 3
    assert result.stderr == ""


def test_a_file_that_is_there_is_replaced_and_only_its_owner_reads_it(run: Run) -> None:
    Path("a.ndjson").write_text("old")
    run("export", "a.ndjson")
    assert Path("a.ndjson").read_bytes() == b""
    assert Path("a.ndjson").stat().st_mode & 0o777 == 0o600


def test_a_failed_export_leaves_the_file_as_it_was_and_no_half_one(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    run("seed", "--owners", 3, "--properties", 3)
    Path("a.ndjson").write_text("old")

    async def fail(*args: object, **options: object) -> None:
        raise Unavailable("gone")

    monkeypatch.setattr(Snapshot, "page", fail)
    assert isinstance(run("export", "a.ndjson").exception, Unavailable)
    assert Path("a.ndjson").read_text() == "old"
    assert [path.name for path in Path().glob("*.ndjson*")] == ["a.ndjson"]
    assert [path.name for path in Path().glob(".a*")] == []


@pytest.mark.parametrize("file", ["missing/a.ndjson", "."])
def test_a_file_that_cant_be_made_is_told(run: Run, file: str) -> None:
    result = run("export", file)
    assert result.exit_code != 0
    assert file in result.stderr


def test_a_database_without_tables_is_refused(empty_database_url: str) -> None:
    assert isinstance(runner_of(empty_database_url)("export", "a.ndjson").exception, SchemaMismatch)
    assert not Path("a.ndjson").exists()


def test_csv_files_of_owners_and_listings_make_the_same_files_again(run: Run, empty_database_url: str) -> None:
    run("seed", "--owners", 20, "--properties", 200)
    odd = '{"type":"owner","reference":"=1+1","name":"\\"Anna\\", Köln","email":"a@example.org","phone":"+49 1"}\n'
    odd += (
        '{"type":"property","reference":"007","address":"-1 Lane","city":"@home","price":9007199254740991,'
        '"area":1e-7,"bathrooms":1.5,"longitude":-0.1234567890123,"owner_reference":"=1+1"}\n'
    )
    assert run("import", "-", "--format", "ndjson", input=odd).exit_code == 0
    other = runner_of(empty_database_url)
    other("migrate")
    for only, rows in (("owners", 21), ("properties", 201)):
        result = run("export", f"{only}.csv", "--only", only)
        assert result.stdout == f"{rows} rows exported to {only}.csv\n", result.output
        assert other("import", f"{only}.csv").exit_code == 0
    for only in ("owners", "properties"):
        result = other("export", "-", "--format", "csv", "--only", only)
        assert result.stdout_bytes == Path(f"{only}.csv").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["a.csv"], "say --only owners or --only properties"),
        (["-", "--format", "csv"], "say --only owners or --only properties"),
        (["a.ndjson", "--only", "owners"], "NDJSON holds everything"),
        (["a.txt"], "a.txt ends in none of .csv, .ndjson, .jsonl: say --format csv or --format ndjson"),
        (["a"], "say --format csv or --format ndjson"),
    ],
)
def test_a_file_whose_rows_cant_be_told_is_refused_with_what_is_possible(
    run: Run, arguments: list[str], message: str
) -> None:
    result = run("export", *arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert not Path(arguments[0]).exists()


def test_the_format_is_stronger_than_the_ending(run: Run) -> None:
    assert run("export", "a.txt", "--format", "ndjson").exit_code == 0
    assert run("export", "b.ndjson", "--format", "csv", "--only", "owners").exit_code == 0
    assert Path("b.ndjson").read_text() == "id,reference,name,email,phone,created_at\n"
