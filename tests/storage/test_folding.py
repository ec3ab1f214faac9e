"""The keys that text is matched by."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.folding import fold


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Lisbon", "lisbon"),
        ("  LISBON\t", "lisbon"),
        ("Ma\u0301laga", "m\u00e1laga"),
        ("MÁLAGA", "m\u00e1laga"),
        ("Gießen", "giessen"),
        ("İzmir", "i\u0307zmir"),
        ("Σίσυφος", "σίσυφοσ"),
        ("北京", "北京"),
        ("", ""),
    ],
)
def test_case_and_encoding_are_folded_and_accents_kept(text: str, key: str) -> None:
    assert fold(text) == key


@settings(deadline=None)
@given(st.text())
def test_texts_of_one_meaning_have_one_key(text: str) -> None:
    assert fold(unicodedata.normalize("NFD", text)) == fold(unicodedata.normalize("NFC", text))
    assert fold(f" {text}\n") == fold(text)
