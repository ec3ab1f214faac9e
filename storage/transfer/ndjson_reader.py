"""Rows of an NDJSON file: one JSON object on each line, with the kind of row in its "type"."""

import json
from collections import Counter
from collections.abc import Iterator

import msgspec
import orjson

from storage.draft import fields_of
from storage.errors import Problem, ProblemCode
from storage.transfer.line_reader import LineReader, LineTooLong
from storage.transfer.reading import REMARKS, ROWS, Reading, bad_reading, build_reading


def read_ndjson(lines: LineReader) -> Iterator[Reading]:
    """The rows of the file. Blank lines are skipped."""
    while True:
        try:
            line = next(lines)
        except StopIteration:
            return
        except LineTooLong as error:
            yield bad_reading(lines.number, "", str(error))
            continue
        if line.strip():
            yield _read_line(lines.number, line.rstrip(b"\r\n"))


# Texts of orjson, with ours. A test fails if orjson changes them.
_PLAINLY = {
    "number is infinity when parsed as double": "a number is too great",
    **dict.fromkeys(
        ("no low surrogate in string", "invalid low surrogate in string", "invalid high surrogate in string"),
        "\\ud800 to \\udfff are halves of a character, and one lacks its other half",
    ),
    "depth limit exceeded": "lists or objects are nested too deeply",
    "unexpected end of data": "it ends too early",
    "unexpected content after document": "more follows behind the object",
}


def _reason(error: orjson.JSONDecodeError) -> str:
    return f"{_PLAINLY.get(error.msg, error.msg)} (character {error.colno})"


def _read_line(number: int, line: bytes) -> Reading:
    try:
        raw = line.decode()
    except UnicodeDecodeError as error:
        reason = f"line {number} is not UTF-8 (byte 0x{line[error.start]:02x} at {error.start + 1})"
        return bad_reading(number, line.decode(errors="backslashreplace"), reason)
    try:
        values = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        return bad_reading(number, raw, f"the line is not JSON: {_reason(error)}")
    if not isinstance(values, dict):
        return bad_reading(number, raw, "the line is not a JSON object")
    kind = values.pop("type", None)
    model = ROWS.get(kind) if isinstance(kind, str) else None
    if model is None:
        return bad_reading(number, raw, 'the object needs a "type": "owner", "property" or "price_change"')
    if (nested := _nested(values)) is not None:
        reason = f"{nested[:100]!r} is a list or an object: every field is text, a number or null"
        return bad_reading(number, raw, reason, kind=model.kind)
    if (twice := _twice(raw)) is not None:
        return bad_reading(number, raw, f"{twice[:100]!r} stands twice in the object", kind=model.kind)
    for remark in REMARKS:
        values.pop(remark, None)
    unknown = values.keys() - set(fields_of(model))
    if unknown:
        problems = [Problem(ProblemCode.VALIDATION, "there is no such field", field) for field in sorted(unknown)]
        return Reading(number, raw, model.kind, None, tuple(problems), is_object=True)
    return msgspec.structs.replace(build_reading(number, raw, model, values), is_object=True)


def _nested(values: dict[str, object]) -> str | None:
    """A key whose value is a list or an object."""
    return next((key for key, value in values.items() if isinstance(value, list | dict)), None)


def _twice(raw: str) -> str | None:
    """A key that this flat object has twice: a JSON reader would silently keep one of the values."""
    pairs = json.loads(raw, object_pairs_hook=list)
    counts = Counter(key for key, _ in pairs)
    return next((key for key, count in counts.items() if count > 1), None)
