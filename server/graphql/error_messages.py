"""The words of error messages: graphql-core writes values in Python, and its clients know JSON and GraphQL."""

import ast
import json
import re

MOST = 500
"""Characters of a message: it may repeat a value or a name that the client sent."""
_READ = 4 * MOST
"""Characters of a message that are reworded. The rest is dropped before: a value may have a million characters."""
_WORDS = {"None": "null", "True": "true", "False": "false"}
_TOKEN = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|\b(?:None|True|False)\b|\b(?:[Ff]ound|value): """)


def reworded(message: str) -> str:
    """The message with values as JSON writes them, cut to MOST characters."""
    message = _in_json(message[:_READ])
    return message if len(message) <= MOST else f"{message[: MOST - 1]}…"


def _in_json(message: str) -> str:
    """Values stand behind "found:" or "value:"; what is quoted before is a name of the schema or the document."""
    in_value = False
    quotes = """'\"""" if message.startswith("Variable '") else "'"  # a literal is written as in GraphQL

    def reword(token: re.Match[str]) -> str:
        nonlocal in_value
        text = token[0]
        in_value = in_value or text in ("found: ", "Found: ", "value: ")
        return _text_in_json(text) if in_value and text[0] in quotes else _WORDS.get(text, text)

    return _TOKEN.sub(reword, message)


def _text_in_json(quoted: str) -> str:
    """A text as JSON writes it. The library may have cut an escape in two within: that stays as it is."""
    try:
        text = ast.literal_eval(quoted)
    except (SyntaxError, ValueError):
        text = quoted[1:-1]
    return json.dumps(text, ensure_ascii=False)
