"""The keys that text is matched by."""

import sys
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
        ("İstanbul", "istanbul"),
        ("I\u0307stanbul", "istanbul"),
        ("ISTANBUL", "istanbul"),
        ("ıstanbul", "istanbul"),
        ("Diyarbakır", "diyarbakir"),
        ("DİYARBAKIR", "diyarbakir"),
        ("i\u0307zmir", "izmir"),
        ("Σίσυφος", "σίσυφοσ"),
        ("ΣΊΣΥΦΟΣ", "σίσυφοσ"),
        ("GIEẞEN", "giessen"),
        ("\ufb01n", "fin"),
        ("\u212aöln", "köln"),
        ("\u212bre", "åre"),
        ("\u01f0", "\u01f0"),
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


def test_no_letter_but_three_of_ancient_greek_differs_from_its_capital() -> None:
    letters = [chr(code) for code in range(sys.maxunicode + 1) if not 0xD800 <= code < 0xE000]
    odd = [
        one for one in letters if len({fold(f"x{form}") for form in (one, one.upper(), one.lower(), one.title())}) > 1
    ]
    assert odd == ["ᾷ", "ῇ", "ῷ"]


@pytest.mark.parametrize(
    ("one", "other"), [("Málaga", "Malaga"), ("Köln", "Koeln"), ("Łódź", "Lodz"), ("ĳmuiden", "ijmuiden")]
)
def test_letters_that_case_alone_does_not_tell_apart_differ(one: str, other: str) -> None:
    assert fold(one) != fold(other)
