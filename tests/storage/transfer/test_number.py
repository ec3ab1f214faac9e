"""Numbers of files are digits, as docs/reference/import-and-export.md says, and have only one reading."""

import pytest

from storage.transfer.csv_reader import read_csv
from storage.transfer.ndjson_reader import read_ndjson
from storage.transfer.reading import Reading
from storage.transfer.row import PropertyRow
from tests.storage.transfer.rows import PRICE_CHANGE_ID, PROPERTY_ID, lines_of

WHOLE = ["price", "bedrooms", "version"]
DECIMAL = ["bathrooms", "area", "latitude", "longitude"]

# StatementTexts that Python, or a lenient parser, takes for a number.
NOT_DIGITS = [
    "450.000",
    "450,000",
    "450 000",
    "450\u00a0000",
    "450'000",
    "450000.0",
    "4_5",
    "+7",
    "-0",
    "-1",
    "1e3",
    "0x10",
    "٤٥",
    "４５",
    "²",
    "true",
    "NaN",
    "€450000",
    "450000 EUR",
    "dear",
]
NOT_DECIMAL = ["1_000.5", "+7", "1e1", "7,5", "1.234.5", ".5", "5.", "1 5", "٤", "４.５", "inf", "nan", "0x1"]


def read_cell(column: str, text: str) -> Reading:
    (reading,) = read_csv(lines_of(f'reference,{column}\nL-1,"{text}"\n'.encode()))
    return reading


def read_json(column: str, json: str) -> Reading:
    (reading,) = read_ndjson(lines_of(f'{{"type":"property","reference":"L-1","{column}":{json}}}\n'.encode()))
    return reading


def refusal(reading: Reading) -> tuple[str | None, str]:
    assert reading.row is None, reading.row
    (problem,) = reading.problems
    return problem.field, problem.message


@pytest.mark.parametrize("column", WHOLE)
@pytest.mark.parametrize("text", NOT_DIGITS)
def test_a_whole_number_that_is_not_digits_only_is_refused_in_csv_and_ndjson(column: str, text: str) -> None:
    for reading in (read_cell(column, text), read_json(column, f'"{text}"')):
        field, message = refusal(reading)
        assert field == column
        assert message.startswith("must be digits only")


@pytest.mark.parametrize("column", DECIMAL)
@pytest.mark.parametrize("text", NOT_DECIMAL)
def test_a_decimal_that_is_not_digits_and_a_point_is_refused_in_csv_and_ndjson(column: str, text: str) -> None:
    for reading in (read_cell(column, text), read_json(column, f'"{text}"')):
        field, message = refusal(reading)
        assert field == column
        assert message.startswith("must be digits with at most one decimal point")


@pytest.mark.parametrize("column", WHOLE)
@pytest.mark.parametrize("json", ["450.000", "450000.0", "1e3", "1E3", "true", "false"])
def test_a_json_number_with_a_point_or_an_exponent_is_no_whole_number(column: str, json: str) -> None:
    field, message = refusal(read_json(column, json))
    assert field == column
    assert message.startswith("must be digits only")


@pytest.mark.parametrize("text", ["9007199254740992", "99999999999999999999"])
@pytest.mark.parametrize("quotes", ["", '"'])
def test_a_price_beyond_what_json_keeps_whole_is_refused(text: str, quotes: str) -> None:
    field, message = refusal(read_json("price", f"{quotes}{text}{quotes}"))
    assert (field, message.startswith(("must be ", "is too great"))) == ("price", True)


@pytest.mark.parametrize("text", ["9" * 21, "9" * 5000])
def test_a_number_of_thousands_of_digits_is_refused_in_plain_words(text: str) -> None:
    assert refusal(read_cell("price", text))[1] == "is too great a number"


@pytest.mark.parametrize("column", DECIMAL)
@pytest.mark.parametrize("json", ["true", "false"])
def test_a_json_boolean_is_no_number(column: str, json: str) -> None:
    assert refusal(read_json(column, json))[0] == column


@pytest.mark.parametrize("json", ["NaN", "Infinity", "-Infinity", "1e400", "01", "+1", "1_000", "0x10", ".5", "5."])
@pytest.mark.parametrize("column", ["price", "area"])
def test_a_number_that_json_does_not_have_is_refused(column: str, json: str) -> None:
    assert refusal(read_json(column, json))[1].startswith("the line is not JSON")


@pytest.mark.parametrize("column", ["old_price", "new_price"])
@pytest.mark.parametrize("json", ['"450.000"', "450.000", '"+7"', "true"])
def test_prices_of_price_changes_are_digits_only(column: str, json: str) -> None:
    prices = {"old_price": "1", "new_price": "2"} | {column: json}
    fields = ",".join(f'"{name}":{value}' for name, value in prices.items())
    line = (
        f'{{"type":"price_change","id":"{PRICE_CHANGE_ID}","property_id":"{PROPERTY_ID}",{fields},'
        '"old_status":"active","new_status":"active","changed_at":"2026-01-31T12:00:00Z"}'
    )
    (reading,) = read_ndjson(lines_of(line.encode()))
    assert refusal(reading)[0] == column


@pytest.mark.parametrize(
    ("column", "text", "value"),
    [
        ("price", "450000", 450_000),
        ("price", " 450000 ", 450_000),
        ("price", "0450000", 450_000),
        ("price", "0", 0),
        ("price", "9007199254740991", 9007199254740991),
        ("bedrooms", "3", 3),
        ("version", "3", 3),
        ("bathrooms", "1.5", 1.5),
        ("bathrooms", "2", 2.0),
        ("area", "1.234", 1.234),
        ("area", "72.50", 72.5),
        ("latitude", "-33.9", -33.9),
        ("longitude", "151.2", 151.2),
        ("longitude", "-0", 0.0),
    ],
)
def test_digits_are_read_in_csv_and_in_json_text(column: str, text: str, value: float) -> None:
    for reading in (read_cell(column, text), read_json(column, f'"{text}"')):
        assert isinstance(reading.row, PropertyRow), reading.problems
        kept = getattr(reading.row, column)
        assert (kept, type(kept), str(kept)[0]) == (value, type(value), str(value)[0])


@pytest.mark.parametrize(("column", "json", "value"), [("area", "72", 72.0), ("area", "1e2", 100.0), ("price", "7", 7)])
def test_json_numbers_are_read(column: str, json: str, value: float) -> None:
    row = read_json(column, json).row
    assert (getattr(row, column), type(getattr(row, column))) == (value, type(value))


@pytest.mark.parametrize(
    "line", ['{"type":"property","price":1,"price":2}', '{"type":"owner","type":"property","reference":"a"}']
)
def test_a_json_key_that_stands_twice_is_refused(line: str) -> None:
    (reading,) = read_ndjson(lines_of(line.encode()))
    assert refusal(reading)[1].endswith(" stands twice in the object")


@pytest.mark.parametrize("json", ["[]", "[1]", "{}", '{"price":1,"price":2}'])
def test_a_list_or_an_object_as_a_value_is_refused(json: str) -> None:
    assert "is a list or an object" in refusal(read_json("price", json))[1]
