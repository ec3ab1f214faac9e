"""Migrations: numbered, forward only, each in a transaction. Instances that start together take turns.

A file `0002_name.sql` begins with `-- oldest: N`: the oldest code, named by its newest migration, that works with the
tables after this migration. A rolling deployment may keep instances of that code.
"""

import re
import time
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

import msgspec

from storage.database import Connection, Database
from storage.errors import Occupied, SchemaMismatch, UnknownColumn
from storage.readable_tables import refuse_unreadable_tables

_FILE = re.compile(r"(\d{4})_(\w+)\.sql")
_ELSEWHERE = "use another database, or on Postgres another schema (FREEHOLD_DATABASE_SCHEMA)"
_OLDEST = re.compile(r"-- oldest: (\d+)\n")


class Migration(msgspec.Struct, frozen=True):
    """A migration. `applied_at` is in µs since 1970, or None if it isn't applied."""

    version: int
    name: str
    oldest: int
    sql: str = ""
    applied_at: int | None = None


@cache
def load_migrations(package: str) -> tuple[Migration, ...]:
    """A package's migrations by number. Raises ValueError if a number or a header is missing."""
    found = []
    for entry in files(package).iterdir():
        if (file := _FILE.fullmatch(entry.name)) is not None:
            sql = entry.read_text(encoding="utf-8")
            header = _OLDEST.match(sql)
            if header is None:
                raise ValueError(f"{entry.name} does not begin with '-- oldest: N'")
            found.append(Migration(int(file[1]), file[2], int(header[1]), sql))
    found.sort(key=lambda migration: migration.version)
    if [migration.version for migration in found] != list(range(1, len(found) + 1)):
        raise ValueError(f"{package}: migrations must be numbered 0001, 0002, … without gaps")
    return tuple(found)


async def applied_migrations(database: Database, connection: Connection) -> list[Migration]:
    """The applied migrations by number. Raises Occupied if the table of migrations is another program's."""
    if not await connection.fetch(database.statements["schema_exists"]):
        return []
    try:
        rows = await connection.fetch(database.statements["applied_migrations"])
    except UnknownColumn as exc:
        raise Occupied(f"its table schema_migrations is not Freehold's: {_ELSEWHERE}") from exc
    return [
        Migration(version=version, name=name, oldest=oldest, applied_at=applied_at)
        for version, name, oldest, applied_at in rows
    ]


async def migrate(database: Database, *, timeout: float = 3600.0) -> list[Migration]:
    """Apply and return the missing migrations. `timeout` limits each statement, and the wait for others, in seconds.

    Raises SchemaMismatch if the tables are too new for this code, Occupied if another program's tables have the names
    of ours, and Misconfigured if the role may not create tables.
    """
    known = load_migrations(database.migrations)
    applied = await applied_migrations(database, database)
    if len(applied) >= len(known):  # without a lock, which another writer may hold
        _refuse_newer(applied, known)
        return []
    fresh: list[Migration] = []
    for migration in known:
        async with database.transaction(timeout=timeout) as transaction:
            await transaction.fetch(database.statements["lock_migrations"])
            applied = await applied_migrations(database, transaction)
            _refuse_newer(applied, known)
            if migration.version in {done.version for done in applied}:
                continue
            if not applied:
                if database.preparation:
                    await transaction.run_script(database.preparation)
                await transaction.fetch(database.statements["create_schema_migrations"])
            try:
                await transaction.run_script(migration.sql)
            except Occupied as exc:
                raise Occupied(f"{exc}, and is not Freehold's: {_ELSEWHERE}") from exc
            await transaction.fetch(
                database.statements["record_migration"],
                migration.version,
                migration.name,
                migration.oldest,
                time.time_ns() // 1000,
            )
        fresh.append(migration)
    return fresh


async def check_schema(database: Database) -> None:
    """Return if the database's tables suit this code and may be read.

    Raises SchemaMismatch, or Misconfigured for tables that are not as the migrations left them.
    """
    applied = await applied_migrations(database, database)
    known = load_migrations(database.migrations)
    _refuse_newer(applied, known)
    missing = len(known) - len(applied)
    if missing > 0:
        steps = "migration is" if missing == 1 else "migrations are"
        raise SchemaMismatch(f"{missing} {steps} missing from the database: run `freehold migrate`")
    await refuse_unreadable_tables(database)


def _refuse_newer(applied: Sequence[Migration], known: Sequence[Migration]) -> None:
    oldest = max((migration.oldest for migration in applied), default=0)
    if oldest > len(known):
        raise SchemaMismatch(
            f"the database's tables (migration {len(applied)}) need code that knows migration {oldest};"
            f" this code knows {len(known)}: deploy a newer Freehold"
        )
