"""How SQLite is opened. Known without importing its driver."""

import msgspec


class SqliteOptions(msgspec.Struct, frozen=True):
    """How SQLite is opened. More readers help long scans, not small lookups. `mmap` in bytes."""

    readers: int = 2
    mmap: int = 1 << 30
