"""The keys that text is matched by. Folded here, since the databases fold case differently from each other."""

import unicodedata


def fold(text: str) -> str:
    """The key that `text` is matched by: trimmed, case-folded, in NFC, every i with its dot or without. Accents count.

    İ, I, i and ı have one key: which of them is the capital of which depends on the language, and case folding alone
    leaves İ as an i and a combining dot. The dots go last, so that SQL does the same to a key that is stored already
    (migration 0006).
    """
    folded = unicodedata.normalize("NFC", text.strip()).casefold()
    return unicodedata.normalize("NFC", folded).replace("ı", "i").replace("i\N{COMBINING DOT ABOVE}", "i")
