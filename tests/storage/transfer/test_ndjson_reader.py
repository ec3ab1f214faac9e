"""NDJSON: one object a line."""

import pytest

from storage.draft import said_by
from storage.transfer.line_reader import MAX_LINE
from storage.transfer.ndjson_reader import read_ndjson
from storage.transfer.outcome import Kind
from storage.transfer.reading import Reading
from storage.transfer.row import OwnerRow, PriceChangeRow, PropertyRow
from tests.storage.transfer.rows import PRICE_CHANGE_ID, PROPERTY_ID, lines_of


def read(data: str | bytes) -> list[Reading]:
    return list(read_ndjson(lines_of(data if isinstance(data, bytes) else data.encode())))


def test_the_type_says_what_a_line_is() -> None:
    change = (
        f'{{"type":"price_change","id":"{PRICE_CHANGE_ID}","property_id":"{PROPERTY_ID}","old_price":2,'
        '"new_price":1,"old_status":"active","new_status":"active","changed_at":"2026-01-31T12:00:00Z"}'
    )
    readings = read('{"type":"owner","reference":"a"}\n{"type":"property","reference":"b"}\n' + change)
    assert [type(reading.row) for reading in readings] == [OwnerRow, PropertyRow, PriceChangeRow]
    assert [reading.line for reading in readings] == [1, 2, 3]


def test_absent_and_null_are_different_things() -> None:
    (reading,) = read('{"type":"property","reference":"b","region":null}')
    assert reading.row is not None
    assert said_by(reading.row) == {"reference": "b", "region": None}


def test_blank_lines_are_passed_over_and_a_byte_order_mark_too() -> None:
    (reading,) = read('\ufeff\n  \r\n{"type":"owner","reference":"a"}\r\n\n')
    assert (reading.line, reading.raw) == (3, '{"type":"owner","reference":"a"}')


def test_an_empty_file_has_no_rows() -> None:
    assert read("") == []


@pytest.mark.parametrize(
    ("line", "field", "expected"),
    [
        ("{", None, "the line is not JSON: "),
        ("[" * 100_000, None, "the line is not JSON: lists or objects are nested too deeply"),
        ('{"type":"owner","reference":NaN}', None, "the line is not JSON: "),
        ("[]", None, "the line is not a JSON object"),
        ("null", None, "the line is not a JSON object"),
        ("{}", None, 'the object needs a "type"'),
        ('{"type":"agent"}', None, 'the object needs a "type"'),
        ('{"type":["owner"]}', None, 'the object needs a "type"'),
        ('{"type":"owner","adress":1}', "adress", "there is no such field"),
        ('{"type":"owner","name":null}', "name", "must not be empty"),
        ('{"type":"owner","name":5}', "name", "must be text"),
        (
            '{"type":"owner","name":"\\ud800"}',
            None,
            "the line is not JSON: \\ud800 to \\udfff are halves of a character",
        ),
        (
            '{"type":"owner","name":"\\udc00"}',
            None,
            "the line is not JSON: \\ud800 to \\udfff are halves of a character",
        ),
        ('{"type":"owner","id":"owner_1"}', "id", "must be an owner's id (owner_…)"),
        ('{"type":"property","id":"owner_01h1wte0shehebb5zds1eswh07"}', "id", "must be a listing's id"),
        ('{"type":"property","price":true}', "price", "must be digits only"),
        ('{"type":"property","price":1e400}', None, "the line is not JSON: a number is too great (character 28)"),
        ('{"type":"owner","name":"a', None, "the line is not JSON: it ends too early (character 26)"),
        ('{"type":"property","version":9999999999999999999999999}', "version", "is too great a number"),
        ('{"type":"property","price":' + "9" * 5000 + "}", None, "the line is not JSON: a number is too great"),
        ('{"type":"property","version":0}', "version", "must be greater than or equal to 1"),
        ('{"type":"property","created_at":5}', "created_at", "must be a time as"),
        ('{"type":"price_change","old_price":1}', "id", "must not be absent"),
    ],
)
def test_what_is_no_row_is_told_why(line: str, field: str | None, expected: str) -> None:
    (reading,) = read(line)
    assert reading.row is None
    assert reading.problems[0].field == field
    assert reading.problems[0].message.startswith(expected)


def test_a_bad_line_costs_itself_alone() -> None:
    good = '{"type":"owner","reference":"a"}\n'
    readings = read(good.encode() + b'{"type":"owner","name":"M\xfcller"}\n' + b"x" * MAX_LINE + b"\n" + good.encode())
    assert [reading.row is None for reading in readings] == [False, True, True, False]
    assert [reading.line for reading in readings] == [1, 2, 3, 4]
    assert readings[1].problems[0].message == "line 2 is not UTF-8 (byte 0xfc at 26)"
    assert readings[2].problems[0].message == "the line is longer than 1,048,576 bytes"


def test_a_bad_row_tells_its_kind_if_it_can() -> None:
    readings = read('{"type":"property","price":-1}\n{"type":5}\n')
    assert [reading.kind for reading in readings] == [Kind.PROPERTY, None]


def test_negative_zero_loses_its_sign_since_sqlite_drops_it() -> None:
    (reading,) = read('{"type":"property","reference":"b","latitude":-0.0}')
    assert isinstance(reading.row, PropertyRow)
    assert str(reading.row.latitude) == "0.0"
