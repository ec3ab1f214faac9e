"""The keys that text is matched by. They are made here because the databases fold case differently."""

import unicodedata


def fold(text: str) -> str:
    """The key that `text` is matched by: trimmed, case-folded and in NFC. Accents count; the dot of an i doesn't.

    İ, I, i and ı have one key, since their capitals depend on the language. Case folding alone would turn İ into an i
    with a combining dot. The dots are removed last, so that SQL can do the same to stored keys (migration 0006).
    """
    folded = unicodedata.normalize("NFC", text.strip()).casefold()
    return unicodedata.normalize("NFC", folded).replace("ı", "i").replace("i\N{COMBINING DOT ABOVE}", "i")
