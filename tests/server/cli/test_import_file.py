"""`freehold import`."""

import csv
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from storage.errors import SchemaMismatch
from storage.opening import sqlite_path
from tests.server.cli.conftest import Run, runner_of
from tests.server.process import environment

HEADER = "reference,address,city,price,owner_reference,owner_name,owner_email\n"


def listings(*references: str, price: str = "1") -> str:
    """A CSV file of these."""
    rows = (f"{reference},Long Lane,Dublin,{price},anna,Anna,anna@example.org\n" for reference in references)
    return HEADER + "".join(rows)


def exported(run: Run) -> int:
    """How many rows the database holds."""
    result = run("export", "-")
    assert result.exit_code == 0, result.output
    return result.stdout.count("\n")


def test_a_file_is_imported_and_counted(run: Run) -> None:
    Path("a.csv").write_text(listings("L-1", "L-2"))
    result = run("import", "a.csv")
    assert result.exit_code == 0, result.output
    owners, properties, seconds = result.stdout.splitlines()
    assert owners == "owners: 1 created, 0 updated, 0 unchanged, 0 refused"
    assert properties == "properties: 2 created, 0 updated, 0 unchanged, 0 refused"
    assert seconds.endswith(" seconds")
    assert (exported(run), result.stderr) == (3, "")


@pytest.mark.parametrize(("name", "text"), [("a.csv", HEADER), ("a.csv", ""), ("a.csv", " \n"), ("a.ndjson", "")])
def test_a_file_without_rows_is_said_to_have_none(run: Run, name: str, text: str) -> None:
    Path(name).write_text(text)
    result = run("import", name)
    assert (result.exit_code, result.stdout.splitlines()[0]) == (0, "no rows: there is nothing to write")


def test_importing_it_twice_adds_nothing(run: Run) -> None:
    Path("a.csv").write_text(listings("L-1", "L-2"))
    run("import", "a.csv")
    assert "properties: 0 created, 0 updated, 2 unchanged, 0 refused" in run("import", "a.csv").stdout
    assert exported(run) == 3


def test_standard_input_needs_a_format(run: Run) -> None:
    assert run("import", "-", input="").exit_code == 2
    result = run("import", "-", "--format", "csv", input=listings("L-1"))
    assert (result.exit_code, exported(run)) == (0, 2)


def test_the_ending_or_the_option_tells_the_format(run: Run) -> None:
    Path("a.jsonl").write_text('{"type":"owner","reference":"a","name":"A","email":"a@example.org"}\n')
    Path("a.txt").write_text(listings("L-1"))
    assert run("import", "a.jsonl").exit_code == 0
    result = run("import", "a.txt")
    assert result.exit_code == 2
    assert "a.txt ends in none of .csv, .ndjson, .jsonl: say --format" in result.stderr
    assert run("import", "a.txt", "--format", "csv").exit_code == 0


def test_a_dry_run_counts_and_leaves_nothing(run: Run) -> None:
    Path("a.csv").write_text(listings("L-1", "L-2", "L-1"))
    result = run("import", "a.csv", "--dry-run", "--batch", "1")
    assert "properties: 2 created, 0 updated, 1 unchanged, 0 refused" in result.stdout
    assert "a dry run: nothing was written" in result.stdout
    assert exported(run) == 0


def test_stop_ends_at_the_first_bad_row_and_keeps_what_precedes_it(run: Run) -> None:
    Path("a.csv").write_text(listings("L-1", "", "L-3"))
    result = run("import", "a.csv")
    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        "Error: line 3: reference: the row has neither id nor reference",
        "Stopped there; the row is in a.csv.errors.csv. What is counted above was written and stays.",
    ]
    assert exported(run) == 2


def test_stop_in_a_dry_run_keeps_nothing(run: Run) -> None:
    Path("a.csv").write_text(listings("L-1", "", "L-3"))
    result = run("import", "a.csv", "--dry-run")
    assert result.exit_code == 1
    assert "Nothing was written." in result.stderr
    assert exported(run) == 0


def test_skip_goes_on_and_writes_the_bad_rows_to_a_file(run: Run) -> None:
    Path("a.csv").write_text(listings("L-1", "", "L-3") + "L-4,b,c\n" + "L-5,x,y,dear,anna,,\n")
    result = run("import", "a.csv", "--on-error", "skip", "--errors", "bad.csv")
    assert result.exit_code == 0
    assert "properties: 2 created, 0 updated, 0 unchanged, 3 refused" in result.stdout
    assert result.stderr == "3 bad rows were skipped: see bad.csv\n"
    with Path("bad.csv").open(newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == [*HEADER.strip().split(","), "line", "field", "reason", "row"]
    assert [row[7:] for row in rows[1:]] == [
        ["3", "reference", "the row has neither id nor reference", ""],
        ["5", "", "the row has 3 cells, the header 7", "L-4,b,c"],
        ["6", "price", "must be digits only, such as 450000: no separators, sign, decimals or exponent", ""],
    ]
    assert rows[3][:7] == ["L-5", "x", "y", "dear", "anna", "", ""]


@pytest.mark.parametrize("format_", ["csv", "ndjson"])
def test_refused_rows_are_mended_and_imported(run: Run, format_: str) -> None:
    Path("a.csv").write_text(listings("L-1") + "L-2,Long Lane,Dublin,450.000,anna,,\n")
    Path("a.ndjson").write_text(
        '{"type":"property","reference":"L-1","address":"a","city":"b","price":1,"owner_reference":"anna",'
        '"owner_name":"Anna","owner_email":"anna@example.org"}\n'
        '{"type":"property","reference":"L-2","address":"a","city":"b","price":"450.000","owner_reference":"anna"}\n'
    )
    result = run("import", f"a.{format_}", "--on-error", "skip")
    assert result.stderr == f"1 bad rows were skipped: see a.{format_}.errors.{format_}\n"
    errors = Path(f"a.{format_}.errors.{format_}")
    errors.write_text(errors.read_text().replace("450.000", "450000"))
    result = run("import", errors)
    assert result.exit_code == 0, result.output
    assert "properties: 1 created, 0 updated, 0 unchanged, 0 refused" in result.stdout
    assert exported(run) == 3


def test_bad_rows_are_in_the_format_of_their_source(run: Run) -> None:
    Path("a.ndjson").write_text("{}\n")
    result = run("import", "a.ndjson", "--errors", "bad.csv")
    assert result.exit_code == 2
    assert "the bad rows are NDJSON, as their source is" in result.stderr


def test_the_errors_file_cant_be_the_file_itself(run: Run) -> None:
    Path("a.csv").write_text(listings("L-1"))
    assert run("import", "a.csv", "--errors", "./a.csv").exit_code == 2
    assert Path("a.csv").read_text() == listings("L-1")


def test_an_errors_file_that_cant_be_written_is_told(run: Run) -> None:
    Path("a.csv").write_text(listings("L-1", ""))
    result = run("import", "a.csv", "--errors", "missing/bad.csv")
    assert result.exit_code == 1
    assert result.stderr == "Error: --errors missing/bad.csv: there is no folder missing\n"
    assert exported(run) == 0


@pytest.mark.parametrize(
    ("errors", "reason"),
    [
        (f"{'x' * 300}.csv", "File name too long"),
        ("a.csv/bad.csv", "a.csv is no folder"),
        ("/proc/bad.csv", "No such file or directory"),
        ("link.csv", "there is no folder {tmp_path}/nowhere"),
    ],
)
def test_an_errors_file_is_tried_before_any_row_is_written(run: Run, tmp_path: Path, errors: str, reason: str) -> None:
    Path("a.csv").write_text(listings("L-1"))
    Path("link.csv").symlink_to("nowhere/bad.csv")
    before = sorted(Path().iterdir())
    result = run("import", "a.csv", "--on-error", "skip", "--errors", errors)
    assert result.exit_code == 1
    assert result.stderr == f"Error: --errors {errors}: {reason.format(tmp_path=tmp_path)}\n"
    assert exported(run) == 0
    assert sorted(Path().iterdir()) == before


def test_trying_an_errors_file_neither_makes_nor_empties_it(run: Run) -> None:
    Path("a.csv").write_text(listings("L-1"))
    Path("old.csv").write_text("old")
    for errors in ("old.csv", "new.csv"):
        assert run("import", "a.csv", "--errors", errors).exit_code == 0
    assert Path("old.csv").read_text() == "old"
    assert not Path("new.csv").exists()


def test_an_errors_file_without_room_is_named(run: Run) -> None:
    Path("a.csv").write_text(listings("L-1", "", "L-3"))
    result = run("import", "a.csv", "--on-error", "skip", "--errors", "/dev/full", "--batch", "1")
    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        "Failed. What is counted above was written and stays.",
        "Error: --errors /dev/full: No space left on device",
    ]
    assert exported(run) == 2


def test_a_header_that_cant_be_is_told(run: Run) -> None:
    Path("a.csv").write_text("reference,adress\n")
    result = run("import", "a.csv")
    assert result.exit_code == 1
    assert "Error: a listings file has no column 'adress'; its columns are reference, address, " in result.stderr


@pytest.mark.parametrize("arguments", [["missing.csv"], ["."], ["a.csv", "--batch", "0"]])
def test_wrong_arguments_are_told(run: Run, arguments: list[str]) -> None:
    Path("a.csv").write_text(listings("L-1"))
    assert run("import", *arguments).exit_code == 2


def test_a_database_without_tables_is_refused(empty_database_url: str) -> None:
    Path("a.csv").write_text(listings("L-1"))
    result = runner_of(empty_database_url)("import", "a.csv")
    assert isinstance(result.exception, SchemaMismatch)
    assert "run `freehold migrate`" in str(result.exception)


def interruptible(url: str, *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "server.cli", "import", *arguments],
        env=environment(FREEHOLD_DATABASE_URL=url, PYTHONPATH=str(Path(__file__).parents[3])),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def count_owners(url: str) -> int:
    connection = sqlite3.connect(sqlite_path(url))
    try:
        return int(connection.execute("SELECT count(*) FROM owners").fetchone()[0])
    finally:
        connection.close()


def wait_for_owners(url: str) -> None:
    deadline = time.monotonic() + 30
    while not count_owners(url):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def owners_file(count: int) -> str:
    rows = (f"O-{number},Owner,o@example.org\n" for number in range(count))
    return "reference,name,email\n" + "".join(rows)


def test_ctrl_c_ends_an_import_between_batches(sqlite_url: str) -> None:
    Path("a.csv").write_text(owners_file(300_000))
    process = interruptible(sqlite_url, "a.csv")
    wait_for_owners(sqlite_url)
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=30)
    assert errors.decode() == "What is counted above was written and stays.\nStopped by SIGINT.\n"
    assert process.returncode == 130
    assert output.startswith(b"owners: ")
    assert count_owners(sqlite_url) % 1000 == 0


def test_ctrl_c_ends_an_import_that_waits_for_standard_input(sqlite_url: str) -> None:
    process = interruptible(sqlite_url, "-", "--format", "csv", "--batch", "10")
    assert process.stdin is not None
    process.stdin.write(owners_file(10_000).encode())
    process.stdin.flush()
    wait_for_owners(sqlite_url)
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=30) == 130
    assert process.stderr is not None
    assert process.stderr.read().decode() == "What is counted above was written and stays.\nStopped by SIGINT.\n"
    assert count_owners(sqlite_url) % 10 == 0
    process.communicate()


def test_ctrl_c_ends_an_import_that_waits_for_a_pipe(sqlite_url: str) -> None:
    os.mkfifo("pipe")
    process = interruptible(sqlite_url, "pipe", "--format", "csv", "--batch", "10")
    with Path("pipe").open("wb") as pipe:
        pipe.write(owners_file(10_000).encode())
        pipe.flush()
        wait_for_owners(sqlite_url)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)
    assert (process.returncode, errors.decode().splitlines()[-1]) == (130, "Stopped by SIGINT.")
    assert count_owners(sqlite_url) % 10 == 0
