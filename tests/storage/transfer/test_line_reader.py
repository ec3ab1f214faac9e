"""Lines in bounded memory."""

import io
import tracemalloc
from typing import Any, cast

import pytest

from storage.transfer.line_reader import MAX_LINE, LineReader, LineTooLong
from tests.storage.transfer.rows import lines_of


def test_lines_are_counted_with_their_bytes() -> None:
    lines = lines_of("ä\nb\r\n\nc".encode())
    assert list(lines) == ["ä\n".encode(), b"b\r\n", b"\n", b"c"]
    assert (lines.number, lines.position) == (4, 8)


def test_a_byte_order_mark_is_dropped_from_the_first_line_alone() -> None:
    assert list(lines_of(b"\xef\xbb\xbfa\n\xef\xbb\xbfb\n")) == [b"a\n", b"\xef\xbb\xbfb\n"]


@pytest.mark.parametrize("length", [MAX_LINE + 1, 2 * MAX_LINE, 2 * MAX_LINE + 7])
def test_a_line_that_is_too_long_is_passed_over(length: int) -> None:
    lines = lines_of(b"a\n" + b"x" * length + b"\nb\n")
    assert next(lines) == b"a\n"
    with pytest.raises(LineTooLong, match="1,048,576 bytes"):
        next(lines)
    assert (next(lines), lines.number) == (b"b\n", 3)


def test_the_longest_line_is_read() -> None:
    line = b"x" * (MAX_LINE - 1) + b"\n"
    assert list(lines_of(line)) == [line]


class _Endless(io.RawIOBase):
    """64 MiB without an end of line."""

    def __init__(self) -> None:
        self.left = 64 << 20

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        size = min(len(buffer), self.left)
        buffer[:size] = b"x" * size
        self.left -= size
        return size


def test_a_line_that_never_ends_takes_little_memory() -> None:
    lines = LineReader(io.BufferedReader(cast("Any", _Endless())))
    tracemalloc.start()
    try:
        with pytest.raises(LineTooLong):
            next(lines)
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()
    assert list(lines) == []
