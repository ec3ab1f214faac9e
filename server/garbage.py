"""The garbage collector of a process that serves: it looks seldom, and never again at what is there for good."""

import gc

_YOUNGEST = 10_000
"""New objects before the youngest are looked through: Python's own 700 come with every few requests."""


def settle() -> None:
    """Once the application is built: modules, the schema and its types, some 90,000 objects, are kept for ever."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNGEST, *gc.get_threshold()[1:])
