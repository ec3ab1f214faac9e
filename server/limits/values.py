"""How many values the variables hold, and how deep they lie in each other."""

from collections.abc import Mapping
from typing import Any

from server.limits.document_limits import MAX_VALUE_DEPTH, TooLarge

_CONTAINERS = frozenset({dict, list})


def check_values(variables: Mapping[str, Any], most: int) -> None:
    """Raises TooLarge. Looks at no more values than are allowed."""
    if len(variables) <= most and _CONTAINERS.isdisjoint(map(type, variables.values())):
        return
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
            values = value.values() if isinstance(value, dict) else value
            below += [each for each in values if type(each) in _CONTAINERS and each]
        level = below
        depth += 1
