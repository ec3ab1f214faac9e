"""One row as it was read from a file: where it stood, what it says, or why it can't be read."""

from collections.abc import Mapping, Sequence

import msgspec

from storage.draft import check_draft
from storage.errors import Problem, ProblemCode
from storage.transfer.outcome import Kind
from storage.transfer.row import OwnerRow, PriceChangeRow, PropertyRow, Row

ROWS: Mapping[str, type[Row]] = {row.kind.value: row for row in (OwnerRow, PropertyRow, PriceChangeRow)}


REMARKS = ("line", "field", "reason", "row")
"""What the file of bad rows says beside the source's own columns, and an import passes over."""


class Reading(msgspec.Struct, frozen=True):
    """A row that began on this line, from 1. Without a `row` there are problems; `kind` is None if it told none.

    `columns` are a CSV file's, without REMARKS; `cells` what this row has in them, None if it could not be taken apart.
    `is_object` where `raw` is a JSON object that names each field once and a type.
    """

    line: int
    raw: str
    kind: Kind | None
    row: Row | None
    problems: tuple[Problem, ...] = ()
    columns: Sequence[str] | None = None
    cells: Sequence[str] | None = None
    is_object: bool = False


class Unreadable(Exception):
    """The file as a whole can't be read; nothing of it was."""


def build_reading(line: int, raw: str, model: type[Row], values: Mapping[str, object]) -> Reading:
    """The row that these values make, or their problems."""
    checked = check_draft(model, values)
    if isinstance(checked, list):
        return Reading(line, raw, model.kind, None, tuple(checked))
    return Reading(line, raw, model.kind, checked)


def bad_reading(
    line: int, raw: str, reason: str, *, kind: Kind | None = None, columns: Sequence[str] | None = None
) -> Reading:
    """A row that can't be read, for one reason."""
    return Reading(line, raw, kind, None, (Problem(ProblemCode.VALIDATION, reason),), columns)
