"""The file of bad rows: what it says, and that it can be mended and imported again."""

import csv
from pathlib import Path

import orjson
import pytest

from storage.draft import said_by
from storage.transfer.csv_reader import read_csv
from storage.transfer.errors_file import ErrorsFile
from storage.transfer.ndjson_reader import read_ndjson
from tests.storage.transfer.rows import lines_of

HEADER = "Reference,address,price,area\n"


def refuse(path: Path, data: bytes) -> bytes:
    """The file of the bad rows among these."""
    read = read_csv if path.suffix == ".csv" else read_ndjson
    with ErrorsFile(path) as errors:
        for reading in read(lines_of(data)):
            if reading.row is None:
                errors.add(reading)
    return path.read_bytes() if path.exists() else b""


def cells(data: bytes) -> list[list[str]]:
    return list(csv.reader(data.decode().splitlines(keepends=True)))


def test_without_bad_rows_there_is_no_file(tmp_path: Path) -> None:
    assert refuse(tmp_path / "a.csv", f"{HEADER}L-1,a,5,1\n".encode()) == b""
    assert list(tmp_path.iterdir()) == []


def test_a_bad_row_has_its_own_cells_and_why_it_is_bad(tmp_path: Path) -> None:
    data = f'{HEADER}L-1," a\nb ",450.000,1\nL-2,a,x,-1\nL-3,"a,5\nL-4,a\n'
    assert cells(refuse(tmp_path / "a.csv", data.encode())) == [
        ["reference", "address", "price", "area", "line", "field", "reason", "row"],
        ["L-1", " a\nb ", "450.000", "1", "2", "price", DIGITS, ""],
        ["L-2", "a", "x", "-1", "4", "price; area", f"price: {DIGITS}; area: must be greater than 0", ""],
        ["", "", "", "", "5", "", "the quote that opens on line 5 is never closed", 'L-3,"a,5'],
        ["", "", "", "", "6", "", "the row has 2 cells, the header 4", "L-4,a"],
    ]


DIGITS = "must be digits only, such as 450000: no separators, sign, decimals or exponent"


def test_an_earlier_file_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "errors.csv"
    path.write_text("old")
    assert len(cells(refuse(path, f"{HEADER}L-1,a,x,1\n".encode()))) == 2


def test_mended_csv_rows_can_be_read_and_the_others_are_refused_again_as_they_were(tmp_path: Path) -> None:
    bad = refuse(tmp_path / "a.csv", f"{HEADER}L-1,a,450.000,1\nL-2,a,x,1\nL-3,a\n".encode())
    mended = bad.replace(b"450.000", b"450000")
    first, second, third = read_csv(lines_of(mended))
    assert first.row is not None
    assert said_by(first.row) == {
        "reference": "L-1",
        "address": "a",
        "price": 450000,
        "area": 1.0,
    }
    assert second.row is None
    assert third.row is None
    again = cells(refuse(tmp_path / "b.csv", mended))
    assert again[0] == cells(bad)[0]
    assert again[1][:4] == ["L-2", "a", "x", "1"]
    reason = "the row has nothing but remarks: fill in its columns, or take it out"
    assert again[2] == ["", "", "", "", "4", "", reason, "L-3,a"]


def test_a_bad_object_keeps_its_text_and_says_why_it_is_bad(tmp_path: Path) -> None:
    good = '{"type":"property","reference":"L-1","price":450.000}'
    data = f'{good}\n{{"type":"owner"}}x\n{{"type":"owner","name":"a","name":"b"}}\n'
    lines = refuse(tmp_path / "a.ndjson", data.encode()).decode().splitlines()
    assert lines[0].startswith(good[:-1] + ',"line":1,"field":"price","reason":"must be digits only')
    assert [orjson.loads(line)["row"] for line in lines[1:]] == [
        '{"type":"owner"}x',
        '{"type":"owner","name":"a","name":"b"}',
    ]


@pytest.mark.parametrize("times", [1, 2])
def test_mended_objects_can_be_read(tmp_path: Path, times: int) -> None:
    data = b'{"type":"property","reference":"L-1","price":"450.000"}\n'
    for time in range(times):
        data = refuse(tmp_path / f"{time}.ndjson", data)
        assert orjson.loads(data).keys() == {"type", "reference", "price", "line", "field", "reason"}
    (reading,) = read_ndjson(lines_of(data.replace(b"450.000", b"450000")))
    assert reading.row is not None
    assert said_by(reading.row) == {"reference": "L-1", "price": 450000}
