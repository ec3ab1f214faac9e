"""The environment's variables: which of them are Freehold's, and which one a setting was read from."""

import os
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches

PREFIX = "FREEHOLD_"
ALIASES = {"host": "HOST", "port": "PORT"}
"""Variables without the prefix that are read too, by field."""

_TESTS = "FREEHOLD_TEST_"
# Kubernetes gives every pod these, for each Service of its namespace: here one whose name begins with "freehold".
_SERVICE_LINK = re.compile(
    r"FREEHOLD_(\w+_)?(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)"
)
_SERVICE_ADDRESS = re.compile(r"(tcp|udp|sctp)://")


def variable_of(field: str) -> str:
    """The environment variable that sets this field."""
    return PREFIX + field.upper()


def source_of(field: str) -> str:
    """The variable that this field is read from, as the environment spells it; its own name where none is set."""
    return _source(field, _spellings())


def read_environment(fields: Iterable[str]) -> dict[str, str]:
    """The text of each of these fields whose variable is set."""
    spellings = _spellings()
    sources = {field: _source(field, spellings) for field in fields}
    return {field: os.environ[source] for field, source in sources.items() if source in os.environ}


def wrong_variables(fields: Iterable[str]) -> Iterator[str]:
    """A line for each variable that begins as a setting does and is none, or that stands twice."""
    known = {variable_of(field) for field in fields}
    spelled: dict[str, list[str]] = defaultdict(list)
    for name, value in os.environ.items():
        capitals = name.upper()
        if capitals in known:
            spelled[capitals].append(name)
        elif capitals.startswith(PREFIX) and not _is_spared(capitals, value):
            yield f"{name}: there is no such setting.{_nearest(capitals, known)}"
    for names in spelled.values():
        if len(names) > 1:
            yield f"{' and '.join(sorted(names))}: one setting, spelled in two ways. Keep one of them."


def is_service_address(value: str) -> bool:
    """Whether this is what Kubernetes puts into `FREEHOLD_PORT` for a Service named `freehold`."""
    return _SERVICE_ADDRESS.match(value) is not None


def _source(field: str, spellings: Mapping[str, str]) -> str:
    names = [variable_of(field), *((ALIASES[field],) if field in ALIASES else ())]
    return next((spellings[name] for name in names if name in spellings), names[0])


def _spellings() -> dict[str, str]:
    """How the environment spells each variable, by its name in capitals; of two spellings the one in capitals."""
    return {name.upper(): name for name in sorted(os.environ, reverse=True)}


def _is_spared(name: str, value: str) -> bool:
    if name.startswith(_TESTS) or _SERVICE_LINK.fullmatch(name):
        return True
    return name.endswith("_PORT") and is_service_address(value)


def _nearest(name: str, known: Iterable[str]) -> str:
    # Without the prefix, which all names share and which would make all of them near.
    near = get_close_matches(name.removeprefix(PREFIX), [each.removeprefix(PREFIX) for each in known], n=1, cutoff=0.6)
    return f" Did you mean {PREFIX}{near[0]}?" if near else " docs/reference/settings.md lists all settings."
