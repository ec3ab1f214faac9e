"""How many values the variables hold, how deep they lie in each other, and which variables are large."""

from collections.abc import Iterable, Mapping
from typing import Any

from schema.cost import CHARACTERS_OF_A_VALUE
from server.admission.document_limits import MAX_VALUE_DEPTH, TooLarge

Sizes = Mapping[str, int]
"""By variable: how many values it holds beyond one, a text counting one more for every so many characters."""
_CONTAINERS = (dict, list)
NONE_LARGE: Sizes = {}


def check_values(variables: Mapping[str, Any], most: int, longest_name: int) -> Sizes:
    """The sizes of the variables, if any is large. Raises TooLarge. Looks at no more values than are allowed.

    No name within an object has more than `longest_name` characters. Names of variables are not looked at: those that
    the operation does not declare are ignored.
    """
    count = len(variables)
    if count > most:
        raise TooLarge("values in variables", None, most)
    sizes: dict[str, int] = {}
    for name, value in variables.items():
        kind = type(value)
        if kind is str:
            if len(value) >= CHARACTERS_OF_A_VALUE:
                sizes[name] = len(value) // CHARACTERS_OF_A_VALUE
        elif kind in _CONTAINERS:
            inner, texts = _count(value, most - count, most, longest_name)
            count += inner
            sizes[name] = inner + texts
    return sizes or NONE_LARGE


def size_of(value: Any) -> int:
    """The size of a value that is within all limits."""
    return check_values({"": value}, 2**63, 2**63).get("", 0)


def _count(container: Any, left: int, most: int, longest_name: int) -> tuple[int, int]:
    """The values in a list or an object, and what their long texts count besides. Raises TooLarge."""
    count = texts = depth = 0
    level: list[Any] = [container]
    while level:
        depth += 1
        if depth > MAX_VALUE_DEPTH:
            raise TooLarge("levels of lists and objects", None, MAX_VALUE_DEPTH)
        below: list[Any] = []
        for each in level:
            count += len(each)
            if count > left:
                raise TooLarge("values in variables", None, most)
            values: Iterable[Any] = each
            if isinstance(each, dict):
                values = each.values()
                longest = max(map(len, each), default=0)
                if longest > longest_name:
                    raise TooLarge("characters in a name", longest, longest_name)
            kinds = set(map(type, values))
            if str in kinds:
                texts += sum(len(value) // CHARACTERS_OF_A_VALUE for value in values if type(value) is str)
            if not kinds.isdisjoint(_CONTAINERS):
                below += [value for value in values if isinstance(value, _CONTAINERS) and value]
        level = below
    return count, texts
