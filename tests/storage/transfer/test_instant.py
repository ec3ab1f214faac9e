"""Times of files."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.transfer.instant import format_instant, parse_instant

FIRST, LAST = -2_208_988_800_000_000, 7_258_118_400_000_000 - 1


@given(st.integers(FIRST, LAST))
def test_every_microsecond_comes_back(micros: int) -> None:
    assert parse_instant(format_instant(micros)) == micros


def test_it_is_written_in_utc_with_six_decimals() -> None:
    assert format_instant(1_769_860_800_000_000) == "2026-01-31T12:00:00.000000Z"
    assert format_instant(1_769_860_800_123_456) == "2026-01-31T12:00:00.123456Z"
    assert format_instant(-1) == "1969-12-31T23:59:59.999999Z"


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-31T12:00:00Z",
        "2026-01-31t12:00:00z",
        " 2026-01-31T12:00:00.000000Z ",
        "2026-01-31T13:30:00+01:30",
        "2026-01-31T04:00:00.0-08:00",
    ],
)
def test_any_offset_is_read(text: str) -> None:
    assert parse_instant(text) == 1_769_860_800_000_000


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-31", "must be a time as"),
        ("2026-01-31T12:00:00", "must be a time as"),
        ("2026-01-31 12:00:00Z", "must be a time as"),
        ("2026-01-31T12:00:00.1234567Z", "at most six decimals"),
        ("２０２６-01-31T12:00:00Z", "must be a time as"),
        (1_769_860_800, "must be a time as"),
        (None, "must be a time as"),
        ("2026-02-30T12:00:00Z", "must be a time that exists"),
        ("2026-01-31T25:00:00Z", "must be a time that exists"),
        ("2026-01-31T12:00:00+99:00", "must be a time that exists"),
        ("2026-01-31T24:00:00Z", "must be a time as"),
        ("2016-12-31T23:59:60Z", "must be a time that exists"),
        ("0000-01-01T00:00:00Z", "must be a time that exists"),
        ("2026-01-31T12:00Z", "must be a time as"),
        ("1899-12-31T23:59:59Z", "from 1900 to 2199"),
        ("2200-01-01T00:00:00Z", "from 1900 to 2199"),
        ("0001-01-01T00:00:00+14:00", "from 1900 to 2199"),
    ],
)
def test_what_is_no_such_time_is_refused(text: object, expected: str) -> None:
    with pytest.raises(ValueError, match=expected):
        parse_instant(text)
