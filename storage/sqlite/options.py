"""How SQLite is opened. Imports no driver."""

import msgspec


class SqliteOptions(msgspec.Struct, frozen=True):
    """How SQLite is opened. More readers help long scans, not small lookups.

    `mmap` is in bytes. If a mapped file is truncated, the process dies. The file is checked every `watch` seconds.
    """

    readers: int = 2
    mmap: int = 0
    watch: float = 0.5
