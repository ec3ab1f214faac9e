"""The words of error messages: graphql-core writes values in Python, and its clients know JSON and GraphQL."""

import re

MOST = 500
"""Characters of a message: it may repeat a value or a name that the client sent."""
_WORDS = {"None": "null", "True": "true", "False": "false"}
_QUOTED_OR_WORD = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|\b(?:None|True|False)\b""")


def reworded(message: str) -> str:
    """The message with JSON's words outside quotation marks, cut to MOST characters."""
    message = _QUOTED_OR_WORD.sub(lambda found: _WORDS.get(found[0], found[0]), message)
    return message if len(message) <= MOST else f"{message[: MOST - 1]}…"
