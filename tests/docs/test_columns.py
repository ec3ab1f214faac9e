"""The reference of import and export names every column that a file may have."""

import pytest

from storage.record import Owner, PriceChange, Property
from tests.docs.pages import ROOT

PAGE = (ROOT / "docs" / "reference" / "import-and-export.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("record", [Owner, Property, PriceChange], ids=lambda record: record.__name__)
def test_every_column_of_a_record_is_in_the_reference_of_files(record: type[Owner | Property | PriceChange]) -> None:
    section = PAGE.split("## Columns")[1].split("## Files")[0]
    assert [name for name in record.__struct_fields__ if f"`{name}`" not in section] == []
