"""JSON for the parameters of statements."""

from typing import Any

import orjson

from storage.errors import InvalidValue


def encode_json(value: Any) -> str:
    """The JSON parameter of a statement. Raises InvalidValue for a lone surrogate or an integer beyond 64 bits."""
    try:
        return orjson.dumps(value).decode()
    except orjson.JSONEncodeError as exc:
        raise InvalidValue(str(exc)) from exc
