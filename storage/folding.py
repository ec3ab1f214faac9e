"""The keys that text is matched by. Folded here, since the databases fold case differently from each other."""

import unicodedata


def fold(text: str) -> str:
    """The key that `text` is matched by: trimmed, case-folded, in NFC. Accents count."""
    folded = unicodedata.normalize("NFC", text.strip()).casefold()
    return unicodedata.normalize("NFC", folded)
