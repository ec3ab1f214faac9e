"""What a request asks: the parameters of GraphQL over HTTP, from a body or an address."""

from typing import Any

import msgspec
import orjson
from starlette.datastructures import QueryParams

from server.http.errors import RequestError
from server.persisted.queries import DOCUMENT_ID, ID_PARAMETERS

_NAMES = ("query", "variables", "operationName", "extensions")
_IN_JSON = ("variables", "extensions")
_BEYOND = "number is infinity"
"""How orjson begins to tell of a number beyond the range of a double."""
_IDS = frozenset(ID_PARAMETERS)


class Parameters(msgspec.Struct):
    """A document's text, unless `extensions` name the document, and what it is to be executed with."""

    query: str | None
    variables: dict[str, Any]
    operation_name: str | None
    extensions: dict[str, Any]


def read_body(body: bytes) -> Parameters:
    """Raises RequestError for what is not one operation."""
    return _check(_parse(body))


def read_address(given: QueryParams) -> Parameters:
    """Raises RequestError."""
    in_json = {name: _parse(given[name], f"`{name}` is not JSON.") for name in _IN_JSON if given.get(name)}
    return _check({**given, **in_json})


def _parse(text: str | bytes, otherwise: str = "Unable to parse request body as JSON") -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        if error.msg.startswith(_BEYOND):
            raise RequestError(
                "BAD_REQUEST", "A number in the request is too large: JSON numbers are read as doubles."
            ) from error
        raise RequestError("BAD_REQUEST", otherwise) from error


def _check(given: Any) -> Parameters:
    if isinstance(given, list):
        raise RequestError("BAD_REQUEST", "Send one operation a request: batches are not taken.")
    if not isinstance(given, dict):
        raise RequestError("BAD_REQUEST", "The request must be a JSON object.")
    query, variables, operation_name, extensions = map(given.get, _NAMES)
    if not isinstance(variables, dict):
        variables = _no_object("variables", variables)
    if not isinstance(extensions, dict):
        extensions = _no_object("extensions", extensions)
    if not _IDS.isdisjoint(given):
        for name in ID_PARAMETERS:
            if given.get(name):
                extensions = {**extensions, DOCUMENT_ID: _text(name, given[name])}
    return Parameters(_text("query", query), variables, _text("operationName", operation_name), extensions)


def _text(name: str, value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value or None
    raise RequestError("BAD_REQUEST", f"`{name}` must be a string or null.")


def _no_object(name: str, value: Any) -> dict[str, Any]:
    if value is None or value == "":
        return {}
    raise RequestError("BAD_REQUEST", f"`{name}` must be an object or null.")
