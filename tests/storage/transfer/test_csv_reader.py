"""CSV as people and spreadsheets write it."""

from collections.abc import Sequence

import pytest

from storage.draft import said_by
from storage.transfer.csv_reader import read_csv
from storage.transfer.line_reader import MAX_LINE
from storage.transfer.outcome import Kind
from storage.transfer.reading import Reading, Unreadable
from storage.transfer.row import OwnerRow, PropertyRow
from tests.storage.transfer.rows import lines_of

HEADER = "reference,address,price,area\n"


def read(text: str | bytes) -> list[Reading]:
    return list(read_csv(lines_of(text if isinstance(text, bytes) else text.encode())))


def read_values(text: str) -> list[dict[str, object]]:
    """What each row says, and nothing it doesn't."""
    return [said_by(reading.row) for reading in read(text) if reading.row is not None]


def reasons(readings: Sequence[Reading]) -> list[tuple[int, str | None, str]]:
    return [(reading.line, problem.field, problem.message) for reading in readings for problem in reading.problems]


def test_a_header_with_a_name_is_of_owners() -> None:
    (reading,) = read("reference,name,email\nanna,Anna,anna@example.org\n")
    assert isinstance(reading.row, OwnerRow)
    assert (reading.line, reading.kind, reading.raw) == (2, Kind.OWNER, "anna,Anna,anna@example.org")


def test_another_header_is_of_listings() -> None:
    (reading,) = read("reference,price\nL-1,5\n")
    assert isinstance(reading.row, PropertyRow)


def test_only_the_columns_of_the_header_are_said() -> None:
    assert read_values("reference,price\nL-1,5\n") == [{"reference": "L-1", "price": 5}]


def test_blanks_are_trimmed_and_an_empty_cell_is_null() -> None:
    assert read_values(f"{HEADER} L-1 ,\u00a0Long Lane 1\t, 5 ,  \n") == [
        {"reference": "L-1", "address": "Long Lane 1", "price": 5, "area": None}
    ]


def test_header_names_are_trimmed_and_may_be_capitals() -> None:
    assert read_values(" Reference ,PRICE\nL-1,5\n") == [{"reference": "L-1", "price": 5}]


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm() -> None:
    assert read_values("\ufeffreference,price\r\nL-1,5\r\n") == [{"reference": "L-1", "price": 5}]


def test_the_last_line_needs_no_end() -> None:
    assert read_values("reference,price\nL-1,5") == [{"reference": "L-1", "price": 5}]


def test_quotes_commas_and_line_breaks_in_cells() -> None:
    text = f'{HEADER}L-1,"The ""Old"" Mill, \r\n\n Mill Lane",5,1\nL-2,b,6,1\n'
    assert [values["address"] for values in read_values(text)] == ['The "Old" Mill, Mill Lane', "b"]
    assert [reading.line for reading in read(text)] == [2, 5]


def test_rows_without_text_are_passed_over() -> None:
    text = f"\n{HEADER}\n,,,\nL-1,a,5,1\n , ,,\n"
    assert [reading.line for reading in read(text)] == [5]


@pytest.mark.parametrize("status", ["active", "ACTIVE", " Active "])
def test_a_status_may_be_capitals(status: str) -> None:
    assert read_values(f"reference,status\nL-1,{status}\n") == [{"reference": "L-1", "status": "active"}]


def test_an_empty_cell_where_something_is_needed_is_an_error() -> None:
    assert reasons(read("reference,address,city,price,status\nL-1,,,,\n")) == [
        (2, "address", "must not be empty"),
        (2, "city", "must not be empty"),
        (2, "price", "must not be empty"),
        (2, "status", "must not be empty"),
    ]


def test_an_empty_id_version_or_time_says_nothing() -> None:
    (reading,) = read("id,reference,version,created_at,updated_at,owner_id\n,L-1,,,,\n")
    assert reading.row is not None
    assert {field for field, value in said_by(reading.row).items() if value is not None} == {"reference"}


@pytest.mark.parametrize("text", ["", "\ufeff", "\n , \n"])
def test_an_empty_file_has_no_rows(text: str) -> None:
    assert read(text) == []


def test_every_problem_of_a_row_is_told() -> None:
    assert [field for _, field, _ in reasons(read(f"{HEADER}L-1,a,x,-1\n"))] == ["price", "area"]


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (b"SQLite format 3\0\x10\0\x01", "the file is a SQLite database"),
        (b"\x7fELF\x02\0", "the file is no text"),
        (b"PAR1\x15\x04\x15", "the header has characters that can't be printed"),
        ("na\u200bme,email", "the header has characters that can't be printed"),
        ("reference,adress", "a listings file has no column 'adress'; its columns are reference, address,"),
        ("reference,name,adress", "an owners file has no column 'adress'; its columns are reference, name,"),
        ("reference,price,", "has no column ''"),
        ("reference;price", "seem to be parted by semicolons: save the file with commas"),
        ("reference\tprice", "seem to be parted by tabs: save the file with commas"),
        ("price,reference,Price", "the column 'price' stands twice"),
        ('reference,"price', "the header can't be read"),
        (b"\xffr", "the header can't be read: line 1 is not UTF-8"),
        ("a".encode("utf-16"), "the file is UTF-16: save it as UTF-8"),
        ("reference,price".encode("utf-16-le"), "the file is UTF-16: save it as UTF-8"),
        ("reference,price".encode("utf-16-be"), "the file is UTF-16: save it as UTF-8"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "the file is an old spreadsheet"),
        (b"\xfe\xff\x00a", "the file is UTF-16: save it as UTF-8"),
        (b"\x1f\x8b\x08", "compressed with gzip: unpack it first"),
        (b"PK\x03\x04", "a spreadsheet"),
        ("x" * (MAX_LINE + 1), "the header can't be read: the line is longer than"),
    ],
)
def test_a_header_that_cant_be_is_an_error_of_the_file(header: str | bytes, expected: str) -> None:
    with pytest.raises(Unreadable, match=expected):
        read(header)


def test_too_many_or_too_few_cells() -> None:
    assert reasons(read(f"{HEADER}L-1,Long Lane 1, Dublin,5,1\nL-2,a\n")) == [
        (2, None, "the row has 5 cells, the header 4"),
        (3, None, "the row has 2 cells, the header 4"),
    ]


def test_a_stray_quote_costs_its_row_alone() -> None:
    readings = read(f'{HEADER}L-1,"12" Rear Lane,5,1\nL-2,b,6,1\n')
    assert [(reading.line, reading.row is None) for reading in readings] == [(2, True), (3, False)]
    assert readings[0].problems[0].message.startswith("the row is not CSV: ")
    assert readings[0].raw == 'L-1,"12" Rear Lane,5,1'


def test_a_quote_that_is_never_closed_costs_its_own_row_alone() -> None:
    rows = "".join(f"L-{number},b,6,1\n" for number in range(2, 300))
    readings = read(f'{HEADER}L-1,"Long Lane,5,1\n{rows}')
    assert reasons(readings) == [(2, None, "the quote that opens on line 2 is not closed within 100 lines")]
    assert [reading.line for reading in readings] == list(range(2, 301))
    assert readings[0].raw == 'L-1,"Long Lane,5,1'


def test_a_quote_that_is_never_closed_at_the_end_of_a_file_costs_its_own_row_alone() -> None:
    readings = read(f'{HEADER}L-1,"Long Lane,5,1\nL-2,b,6,1\n')
    assert reasons(readings) == [(2, None, "the quote that opens on line 2 is never closed")]
    assert [reading.line for reading in readings] == [2, 3]


def test_a_quote_that_another_rows_quote_closes_costs_neither_the_rows_between() -> None:
    readings = read(f'{HEADER}L-1,"Long Lane,5,1\nL-2,b,6,1\nL-3,"Mill, Lane",6,1\nL-4,c,7,1\n')
    assert [(reading.line, reading.row is None) for reading in readings] == [
        (2, True),
        (3, False),
        (4, False),
        (5, False),
    ]
    assert "a quote makes lines 2 to 4 one row" in readings[0].problems[0].message


def test_rows_that_a_quote_joins_into_one_of_too_many_cells_are_read_one_by_one() -> None:
    readings = read(f'{HEADER}L-1,"Long Lane,5,1\nL-2,b,6,1\nL-3,Mill",6,1,2,3\n')
    assert [(reading.line, reading.row is None) for reading in readings] == [(2, True), (3, False), (4, True)]


def test_quotes_that_open_on_every_line_are_read_again_a_bounded_number_of_times() -> None:
    lines = 'b",y,"c\n' * 5000
    assert len(read(f"{HEADER}{lines}")) == 5000


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
def test_any_line_end_is_read(end: str) -> None:
    text = end.join(["reference,address,price,area", "L-1,a,5,1", 'L-2,"b', 'c",6,1', "", "L-3,d,7,1"])
    readings = read(text)
    assert [(reading.line, reading.row is None) for reading in readings] == [(2, False), (3, False), (6, False)]


def test_a_cell_of_a_million_characters_is_told_as_too_long() -> None:
    (reading,) = read(f"{HEADER}L-1,{'x' * 1_000_000},5,1\n")
    assert reasons([reading]) == [(2, None, "a cell is longer than 131,072 characters")]


def test_broken_utf8_is_an_error_of_its_row_with_its_line() -> None:
    data = f"{HEADER}L-1,a,5,1\n".encode() + b'L-2,"two\nlines M\xfcller",5,1\nL-3,c,5,1\n'
    readings = read(data)
    assert [(reading.line, reading.row is None) for reading in readings] == [(2, False), (3, True), (5, False)]
    assert readings[1].problems[0].message == "line 4 is not UTF-8 (byte 0xfc at 8)"
    assert readings[1].raw == 'L-2,"two\nlines M\\xfcller",5,1'


def test_a_line_that_is_too_long_costs_its_row_alone() -> None:
    data = HEADER + f"L-1,{'x' * MAX_LINE},5,1\nL-2,b,6,1\n"
    readings = read(data)
    assert reasons(readings) == [(2, None, "the line is longer than 1,048,576 bytes")]
    assert [reading.line for reading in readings] == [2, 3]


def test_a_row_of_many_lines_is_bounded_too() -> None:
    first, *_ = read(HEADER + '"a\n",' * 1000 + "\n")
    assert reasons([first]) == [(2, None, "the quote that opens on line 102 is not closed within 100 lines")]
    assert first.raw == '"a'


def test_control_characters_are_refused() -> None:
    assert reasons(read(f"{HEADER}L-1,a\x00b,5,1\n")) == [(2, "address", "must not contain control characters")]
