"""How SQLite is opened. Known without importing its driver."""

import msgspec


class SqliteOptions(msgspec.Struct, frozen=True):
    """How SQLite is opened. More readers help long scans, not small lookups.

    `mmap` in bytes: where the file is mapped, the process dies if something truncates it. Every `watch` seconds the
    file is looked at.
    """

    readers: int = 2
    mmap: int = 0
    watch: float = 0.5
