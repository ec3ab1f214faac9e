"""How many values the variables hold, and how deep they lie in each other."""

from collections.abc import Mapping
from typing import Any

from server.limits.document_limits import MAX_VALUE_DEPTH, TooLarge

_CONTAINERS = (dict, list)


def check_values(variables: Mapping[str, Any], most: int) -> None:
    """Raises TooLarge. Looks at no more values than are allowed."""
    count = 0
    depth = 0
    level: list[Any] = [variables]
    while level:
        if depth > MAX_VALUE_DEPTH:
            raise TooLarge("levels of lists and objects", None, MAX_VALUE_DEPTH)
        below: list[Any] = []
        for value in level:
            count += len(value)
            if count > most:
                raise TooLarge("values in variables", None, most)
            for each in value.values() if isinstance(value, dict) else value:
                if isinstance(each, _CONTAINERS) and each:
                    below.append(each)  # noqa: PERF401 - most requests have none, and a comprehension costs a call
        level = below
        depth += 1
