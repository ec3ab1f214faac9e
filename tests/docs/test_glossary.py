"""The glossary gives each word one meaning."""

import re

from tests.docs.pages import ROOT


def test_no_word_of_the_glossary_is_explained_twice() -> None:
    rows = re.findall(r"^\| ([^|]+) \|", (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8"), re.MULTILINE)
    words = [word for row in rows for word in row.split(", ") if row not in ("word", "---")]
    assert len(words) > 50
    assert sorted(word for word in set(words) if words.count(word) > 1) == []
