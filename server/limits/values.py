"""How many values the variables hold, and how deep they lie in each other."""

from collections.abc import Mapping
from types import NoneType
from typing import Any

from server.limits.document_limits import MAX_VALUE_DEPTH, TooLarge

_CONTAINERS = (dict, list)
_SCALARS = {str, int, float, bool, NoneType}


def check_values(variables: Mapping[str, Any], most: int) -> None:
    """Raises TooLarge. Looks at no more values than are allowed."""
    count = 0
    depth = 0
    level: list[Any] = [variables]
    while level:
        if depth > MAX_VALUE_DEPTH:
            raise TooLarge("levels of lists and objects", None, MAX_VALUE_DEPTH)
        below: list[Any] = []
        for container in level:
            values = container.values() if isinstance(container, dict) else container
            count += len(values)
            if count > most:
                raise TooLarge("values in variables", None, most)
            if not _SCALARS.issuperset(map(type, values)):
                below += [each for each in values if isinstance(each, _CONTAINERS) and each]
        level = below
        depth += 1
