"""The file of bad rows."""

import csv
from pathlib import Path

from storage.errors import Problem, ProblemCode
from storage.transfer.errors_file import ErrorsFile
from storage.transfer.outcome import Kind
from storage.transfer.reading import Reading, bad_reading


def read(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_without_bad_rows_there_is_no_file(tmp_path: Path) -> None:
    with ErrorsFile(tmp_path / "errors.csv"):
        pass
    assert not (tmp_path / "errors.csv").exists()


def test_each_problem_is_a_line_and_there_as_it_comes(tmp_path: Path) -> None:
    path = tmp_path / "errors.csv"
    problems = tuple(Problem(ProblemCode.VALIDATION, f"bad {field}", field) for field in ("price", "area"))
    with ErrorsFile(path) as errors:
        errors.add(Reading(7, 'a,"b\nc"', Kind.PROPERTY, None, problems))
        assert read(path) == [
            ["line", "field", "reason", "row"],
            ["7", "price", "bad price", 'a,"b\nc"'],
            ["7", "area", "bad area", 'a,"b\nc"'],
        ]
        errors.add(bad_reading(9, "x" * 20_000, "too long"))
        assert read(path)[3] == ["9", "", "too long", "x" * 10_000 + "…"]


def test_an_earlier_file_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "errors.csv"
    path.write_text("old")
    with ErrorsFile(path) as errors:
        errors.add(bad_reading(1, "a", "bad"))
    assert len(read(path)) == 2
