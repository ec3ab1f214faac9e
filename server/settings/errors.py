"""What is said of a setting that can't be: its variable, and what that expects in words of its own."""

import os
from collections.abc import Callable, Mapping
from typing import Any

from pydantic.fields import FieldInfo

from server.settings.environment import is_service_address, source_of

_SERVICE_LINK = (
    "Kubernetes set this for a Service named freehold: set it in the container's env, or enableServiceLinks: false"
)
_EXPECTED: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "int_parsing": lambda _: "expected a whole number",
    "int_from_float": lambda _: "expected a whole number",
    "int_parsing_size": lambda _: "expected a smaller number",
    "float_parsing": lambda _: "expected a number",
    "finite_number": lambda _: "expected a finite number",
    "bool_parsing": lambda _: "expected true or false",
    "string_unicode": lambda _: "expected text in UTF-8",
    "literal_error": lambda context: f"expected one of {_without_nothing(context['expected'])}",
    "greater_than": lambda context: f"expected more than {context['gt']:g}",
    "greater_than_equal": lambda context: f"expected at least {context['ge']:,}",
    "less_than_equal": lambda context: f"expected at most {context['le']:,}",
    "string_too_short": lambda _: "expected a value, not nothing",
    "value_error": lambda context: str(context["error"]),
}


def _without_nothing(expected: str) -> str:
    """The choices as pydantic lists them, unquoted, without the empty one of a setting that may be left out."""
    return expected.removeprefix("'', ").replace("'", "")


def explain(finding: Mapping[str, Any], fields: Mapping[str, FieldInfo]) -> str:
    """One line for one of pydantic's findings. A rule over several settings names them in its own message."""
    describe = _EXPECTED.get(finding["type"])
    expected = "can't be read" if describe is None else describe(finding.get("ctx", {}))
    if not finding["loc"]:
        return f"{expected}."
    field = str(finding["loc"][0])
    variable = source_of(field)
    if is_service_address(os.environ.get(variable, "")):
        return f"{variable}: {_SERVICE_LINK}."
    info = fields.get(field)
    return f"{variable}: {expected}." + (f" It is: {info.description}" if info is not None else "")
