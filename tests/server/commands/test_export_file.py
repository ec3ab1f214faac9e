"""`freehold export`."""

from pathlib import Path

import pytest

from storage.errors import SchemaMismatch, Unavailable
from storage.transfer.snapshot import Snapshot
from tests.server.commands.conftest import Run, runner_of


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

    monkeypatch.setattr(Snapshot, "properties", fail)
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
