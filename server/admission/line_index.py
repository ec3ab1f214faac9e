"""A document's text with an index of its lines, so that an error is located without reading the text again."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right

from graphql import Source, SourceLocation

_LINE_END = re.compile(r"\r\n|[\n\r]")


class LineIndexedSource(Source):
    """Locates a position in logarithmic time. graphql-core reads the text up to the position for every error."""

    _line_starts: array[int] | None = None

    def get_location(self, position: int) -> SourceLocation:
        """The line and the column of a character, both counted from 1. The first call takes linear time."""
        if self._line_starts is None:
            self._line_starts = array("L", [0, *(end.end() for end in _LINE_END.finditer(self.body))])
        line = bisect_right(self._line_starts, position)
        return SourceLocation(line, position + 1 - self._line_starts[line - 1])
