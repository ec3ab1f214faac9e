"""One row as it was read from a file: its line, its values, or the reason why it can't be read."""

from collections.abc import Mapping, Sequence

import msgspec

from storage.draft import check_draft
from storage.errors import Problem, ProblemCode
from storage.transfer.outcome import Kind
from storage.transfer.row import OwnerRow, PriceChangeRow, PropertyRow, Row

ROWS: Mapping[str, type[Row]] = {row.kind.value: row for row in (OwnerRow, PropertyRow, PriceChangeRow)}


REMARKS = ("line", "field", "reason", "row")
"""The columns that the file of bad rows adds to the source's. An import ignores them."""


class Reading(msgspec.Struct, frozen=True):
    """A row that begins on this line, from 1. It has a `row` or problems. `kind` is None if the row doesn't say it.

    `columns` are those of a CSV file, without REMARKS, and `cells` the row's values in them, or None if it couldn't be
    parsed. `is_object` says that `raw` is a JSON object with a type and without repeated fields.
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
    """The file can't be read. None of it was imported."""


def build_reading(line: int, raw: str, model: type[Row], values: Mapping[str, object]) -> Reading:
    """The row with these values, or their problems."""
    checked = check_draft(model, values)
    if isinstance(checked, list):
        return Reading(line, raw, model.kind, None, tuple(checked))
    return Reading(line, raw, model.kind, checked)


def bad_reading(
    line: int, raw: str, reason: str, *, kind: Kind | None = None, columns: Sequence[str] | None = None
) -> Reading:
    """A row that can't be read, with one problem."""
    return Reading(line, raw, kind, None, (Problem(ProblemCode.VALIDATION, reason),), columns)
