"""Times in files: RFC 3339 in UTC, with microseconds. Rules: https://www.rfc-editor.org/rfc/rfc3339"""

import re
from datetime import UTC, datetime, timedelta

_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dt(?!24)\d\d:\d\d:\d\d(\.\d{1,6})?(z|[+-]\d\d:\d\d)", re.ASCII | re.IGNORECASE)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_FIRST = datetime(1900, 1, 1, tzinfo=UTC)
_LAST = datetime(2200, 1, 1, tzinfo=UTC)


def parse_instant(text: object) -> int:
    """The time in microseconds since 1970. `text` may have any offset. Raises ValueError."""
    if not isinstance(text, str) or not _RFC_3339.fullmatch(text := text.strip()):
        raise ValueError("must be a time as 2026-01-31T12:00:00Z, with at most six decimals")
    try:
        moment = datetime.fromisoformat(text.upper())
    except ValueError:
        raise ValueError("must be a time that exists") from None
    if not _FIRST <= moment < _LAST:
        raise ValueError("must be a time from 1900 to 2199")
    return (moment - _EPOCH) // _MICROSECOND


def format_instant(micros: int) -> str:
    """The UTC time of `micros`, microseconds since 1970, with six decimals."""
    moment = _EPOCH + timedelta(microseconds=micros)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond:06}Z"
