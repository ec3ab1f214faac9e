"""A SQLite file that is removed, moved, replaced or overwritten while it is open."""

import asyncio
import logging
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from storage.cache.memory import MemoryCache
from storage.database import Deadlines
from storage.errors import Unavailable
from storage.ids import OWNER, new_id
from storage.opening import sqlite_path
from storage.record import Owner
from storage.sqlite.database import SqliteDatabase, open_sqlite
from storage.sqlite.options import SqliteOptions
from storage.statements import Statement
from storage.tables import table_rows
from tests.storage.cache.test_channel import until_live

WATCH = 0.05
NAMES = Statement("names", "SELECT name FROM owners ORDER BY name")
DEADLINES = Deadlines(connect=2, acquire=0.4, statement=1)

Do = Callable[[Path], None]


@pytest.fixture
def path(sqlite_url: str, tmp_path: Path) -> Path:
    """A file in a folder of its own."""
    folder = tmp_path / "data"
    folder.mkdir()
    return Path(shutil.move(sqlite_path(sqlite_url), folder / "freehold.db"))


@pytest.fixture
async def database(path: Path) -> AsyncIterator[SqliteDatabase]:
    """It holds one owner, Ada."""
    database = await open_sqlite(path, options=SqliteOptions(watch=WATCH), deadlines=DEADLINES)
    await insert(database, "Ada")
    yield database
    await database.close()


async def insert(database: SqliteDatabase, name: str) -> None:
    owner = Owner(new_id(OWNER), None, name, "a@example.org", None, 0)
    async with database.transaction() as transaction:
        await transaction.fetch(database.statements["insert_owners"], table_rows([owner]))


async def names(database: SqliteDatabase) -> list[str]:
    return [row[0] for row in await database.fetch(NAMES)]


def names_in(path: Path) -> list[str]:
    connection = sqlite3.connect(path)
    try:
        return [row[0] for row in connection.execute(NAMES.text)]
    finally:
        connection.close()


def beside(path: Path) -> list[Path]:
    return [path.with_name(path.name + suffix) for suffix in ("-wal", "-shm")]


def back_up(path: Path) -> Path:
    """A copy as SQLite makes it."""
    copy = path.with_name("backup.db")
    source, target = sqlite3.connect(path), sqlite3.connect(copy)
    source.backup(target)
    target.close()
    source.close()
    return copy


def append(path: Path, content: bytes) -> None:
    with path.open("ab") as file:
        file.write(content)


def remove(path: Path) -> None:
    path.unlink()


def remove_all(path: Path) -> None:
    for each in (path, *beside(path)):
        each.unlink()


def move_away(path: Path) -> None:
    path.rename(path.with_name("gone.db"))


def bring_back(path: Path) -> None:
    path.with_name("gone.db").rename(path)


def move_the_folder(path: Path) -> None:
    path.parent.rename(path.parent.with_name("unmounted"))


def move_another_over_it(path: Path) -> None:
    back_up(path).rename(path)


def copy_another_over_it(path: Path) -> None:
    shutil.copyfile(back_up(path), path)


def copy_a_smaller_one_over_it(path: Path) -> None:
    path.write_bytes(back_up(path).read_bytes()[:4096])


def remove_the_log(path: Path) -> None:
    for each in beside(path):
        each.unlink()


LOSSES = [
    remove,
    remove_all,
    move_away,
    move_the_folder,
    move_another_over_it,
    copy_another_over_it,
    copy_a_smaller_one_over_it,
]


async def unavailable(database: SqliteDatabase) -> None:
    """Wait until reads are refused."""
    async with asyncio.timeout(5):
        while True:
            try:
                await database.fetch(NAMES)
            except Unavailable:
                return
            await asyncio.sleep(WATCH / 5)


async def available(database: SqliteDatabase) -> None:
    """Wait until reads are answered."""
    async with asyncio.timeout(5):
        while True:
            try:
                await database.fetch(NAMES)
            except Unavailable:
                await asyncio.sleep(WATCH / 5)
            else:
                return


@pytest.mark.parametrize("lose", LOSSES)
async def test_a_write_to_a_file_that_is_lost_is_unavailable(database: SqliteDatabase, path: Path, lose: Do) -> None:
    lose(path)
    with pytest.raises(Unavailable):
        await insert(database, "Lost")


@pytest.mark.parametrize("lose", [*LOSSES, remove_the_log])
async def test_a_write_during_which_the_file_is_lost_is_not_acknowledged(
    database: SqliteDatabase, path: Path, lose: Do
) -> None:
    async def write() -> None:
        async with database.transaction() as transaction:
            owner = Owner(new_id(OWNER), None, "Lost", "a@example.org", None, 0)
            await transaction.fetch(database.statements["insert_owners"], table_rows([owner]))
            lose(path)

    with pytest.raises(Unavailable):
        await write()


@pytest.mark.parametrize("lose", LOSSES)
async def test_reads_of_a_lost_file_are_unavailable_and_the_log_says_so_once(
    database: SqliteDatabase, path: Path, lose: Do, caplog: pytest.LogCaptureFixture
) -> None:
    lose(path)
    await unavailable(database)
    await asyncio.sleep(4 * WATCH)
    await unavailable(database)
    lines = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert [line.getMessage().startswith(f"SQLite: the file {path}") for line in lines] == [True]


async def test_the_cache_is_unused_while_the_file_is_lost_and_empty_after(database: SqliteDatabase, path: Path) -> None:
    channel = database.open_channel(MemoryCache(), 0.4)
    await until_live(channel)
    remove_all(path)
    async with asyncio.timeout(5):
        while channel.is_live:  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(WATCH)
    await channel.close()


async def test_a_file_that_is_moved_back_is_used_again(database: SqliteDatabase, path: Path) -> None:
    path.parent.rename(path.parent.with_name("unmounted"))
    await unavailable(database)
    path.parent.with_name("unmounted").rename(path.parent)
    await available(database)
    await insert(database, "Bob")
    assert await names(database) == names_in(path) == ["Ada", "Bob"]


async def test_a_backup_moved_into_place_is_opened_once_nothing_of_the_old_file_is_beside_it(
    database: SqliteDatabase, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    backup = back_up(path)
    await insert(database, "Later")
    backup.rename(path)
    await unavailable(database)
    await asyncio.sleep(4 * WATCH)
    with pytest.raises(Unavailable, match="-wal and -shm of the old one are beside it: remove them"):
        await names(database)
    for each in beside(path):
        each.unlink()
    await available(database)
    assert await names(database) == ["Ada"]
    await insert(database, "Bob")
    assert names_in(path) == ["Ada", "Bob"]
    assert "is there again" in caplog.text


async def test_each_worker_opens_the_backup_and_loses_no_write_of_another(database: SqliteDatabase, path: Path) -> None:
    others = [await open_sqlite(path, options=SqliteOptions(watch=WATCH), deadlines=DEADLINES) for _ in range(3)]
    backup = back_up(path)
    remove_all(path)
    backup.rename(path)
    workers = [database, *others]
    for number, worker in enumerate(workers):
        await available(worker)
        await unavailable_or_insert(worker, f"Worker {number}")
    for worker in others:
        await worker.close()
    assert await names(database) == ["Ada", *(f"Worker {number}" for number in range(4))]


async def unavailable_or_insert(database: SqliteDatabase, name: str) -> None:
    """Write as a client does that tries again."""
    async with asyncio.timeout(5):
        while True:
            try:
                await insert(database, name)
            except Unavailable:
                await asyncio.sleep(WATCH)
            else:
                return


async def test_a_log_that_is_removed_loses_no_acknowledged_write(database: SqliteDatabase, path: Path) -> None:
    await insert(database, "Bob")
    remove_the_log(path)
    await unavailable(database)
    await available(database)
    await insert(database, "Cyd")
    assert await names(database) == names_in(path) == ["Ada", "Bob", "Cyd"]


async def test_the_log_says_why_the_file_in_its_place_can_not_be_opened(
    database: SqliteDatabase, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    damaged = back_up(path)
    content = damaged.read_bytes()
    damaged.write_bytes(content[:16] + b"\0\3" + content[18:])  # no size that a page can have
    remove_all(path)
    damaged.rename(path)
    why = f"SQLite: the file {path} can't be opened: SQLite: file is not a database"
    async with asyncio.timeout(5):
        while why not in caplog.messages:  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(WATCH)
    await asyncio.sleep(4 * WATCH)
    assert caplog.messages.count(why) == 1
    with pytest.raises(Unavailable, match="can't be opened"):
        await names(database)


async def test_half_a_file_is_not_opened(database: SqliteDatabase, path: Path) -> None:
    whole = back_up(path).read_bytes()
    remove_all(path)
    append(path, whole[: len(whole) // 2])
    await unavailable(database)
    await asyncio.sleep(4 * WATCH)
    with pytest.raises(Unavailable):
        await names(database)
    append(path, whole[len(whole) // 2 :])
    await available(database)
    assert await names(database) == ["Ada"]


async def test_a_file_that_was_overwritten_stays_unavailable_until_a_restart(
    database: SqliteDatabase, path: Path
) -> None:
    copy_another_over_it(path)
    await unavailable(database)
    await asyncio.sleep(4 * WATCH)
    with pytest.raises(Unavailable, match="was overwritten while it was open: stop the server and restore it anew"):
        await names(database)


@pytest.fixture
async def workers(path: Path) -> AsyncIterator[list[SqliteDatabase]]:
    """Two that opened a file whose log is empty, and look at it before and after their own writes alone."""
    rarely = SqliteOptions(watch=3600)
    opened = [await open_sqlite(path, options=rarely, deadlines=DEADLINES) for _ in range(2)]
    yield opened
    for worker in opened:
        await worker.close()


def checkpoint(path: Path, mode: str) -> None:
    """As another process does it."""
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA wal_checkpoint({mode})")
    connection.close()


@pytest.mark.parametrize("count", [0, 1, 3])
async def test_a_worker_that_has_not_used_the_file_yet_notices_that_it_was_overwritten(
    workers: list[SqliteDatabase], path: Path, count: int
) -> None:
    for number in range(count):
        await insert(workers[0], f"Other {number}")
    await asyncio.sleep(0.02)  # the clock of a file system ticks
    copy_another_over_it(path)
    for worker in workers:
        with pytest.raises(Unavailable, match="was overwritten"):
            await insert(worker, "Lost")


@pytest.mark.parametrize("mode", ["PASSIVE", "TRUNCATE"])
async def test_an_overwritten_file_is_noticed_after_its_log_began_anew(
    workers: list[SqliteDatabase], path: Path, mode: str
) -> None:
    for worker in workers:
        await insert(worker, "First")
    checkpoint(path, mode)
    for worker in workers:
        worker._check_file()
    await insert(workers[0], "Begins the log anew")
    await asyncio.sleep(0.02)  # the clock of a file system ticks
    copy_another_over_it(path)
    for worker in workers:
        with pytest.raises(Unavailable, match="was overwritten"):
            await insert(worker, "Lost")


async def test_a_file_that_is_overwritten_with_its_old_times_is_noticed(
    workers: list[SqliteDatabase], path: Path
) -> None:
    backup = back_up(path)
    await insert(workers[0], "Begins the log")
    await asyncio.sleep(0.02)  # the clock of a file system ticks
    shutil.copyfile(backup, path)
    shutil.copystat(backup, path)
    for worker in workers:
        with pytest.raises(Unavailable, match="was overwritten"):
            await insert(worker, "Lost")


async def test_the_first_write_into_a_log_during_which_the_file_is_overwritten_is_not_acknowledged(
    workers: list[SqliteDatabase], path: Path
) -> None:
    async def write() -> None:
        async with workers[0].transaction() as transaction:
            owner = Owner(new_id(OWNER), None, "Lost", "a@example.org", None, 0)
            await transaction.fetch(workers[0].statements["insert_owners"], table_rows([owner]))
            copy_another_over_it(path)

    with pytest.raises(Unavailable, match="was overwritten"):
        await write()


_CRASH = """
import os, sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("PRAGMA journal_mode = WAL")
connection.execute("CREATE TABLE left_in_the_log (id)")
os._exit(1)
"""


@pytest.fixture
def left_log(path: Path) -> Path:
    """The log of a process that crashed."""
    subprocess.run([sys.executable, "-c", _CRASH, str(path)], check=False)
    log, _ = beside(path)
    assert log.stat().st_size
    return log


@pytest.mark.usefixtures("left_log")
async def test_an_overwritten_file_is_noticed_after_a_crash_left_a_log(path: Path) -> None:
    database = await open_sqlite(path, options=SqliteOptions(watch=3600), deadlines=DEADLINES)
    try:
        copy_another_over_it(path)
        with pytest.raises(Unavailable, match="was overwritten"):
            await insert(database, "Lost")
    finally:
        await database.close()


@pytest.mark.parametrize("mode", ["PASSIVE", "FULL", "RESTART", "TRUNCATE"])
async def test_checkpoints_between_two_looks_are_no_loss(workers: list[SqliteDatabase], path: Path, mode: str) -> None:
    for number in range(20):
        await insert(workers[0], f"First {number}")
        checkpoint(path, mode)
        for again in range(number % 4):
            await insert(workers[0], f"Second {number} {again}")
            if again % 2:
                checkpoint(path, mode)
        if number % 3 == 0:
            await insert(workers[1], f"Third {number}")
    await insert(workers[1], "Last")
    assert "Last" in await names(workers[0])


async def test_sqlites_own_writes_are_not_a_loss_of_the_file(database: SqliteDatabase, path: Path) -> None:
    other = await open_sqlite(path, options=SqliteOptions(watch=WATCH), deadlines=DEADLINES)
    backup = back_up(path)
    connection = sqlite3.connect(path, isolation_level=None)
    for number in range(20):
        await insert(database, f"Mass {number:02}")
        await insert(other, f"Other {number:02}")
        mode = ["PASSIVE", "FULL", "RESTART", "TRUNCATE"][number % 4]
        connection.execute(f"PRAGMA wal_checkpoint({mode})")
        await asyncio.sleep(WATCH / 3)
    connection.execute("VACUUM")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        connection.execute("PRAGMA journal_mode = DELETE")
    await asyncio.sleep(2 * WATCH)
    assert len(await names(database)) == len(await names(other)) == 41
    source = sqlite3.connect(backup)
    source.backup(connection)  # as `sqlite3 freehold.db '.restore backup.db'`
    source.close()
    connection.close()
    await asyncio.sleep(2 * WATCH)
    assert await names(database) == await names(other) == ["Ada"]
    await other.close()


_LOCKED = """
import fcntl, sys
for path, start, length in ((sys.argv[1], 0x40000002, 510), (sys.argv[1] + "-shm", 128, 1)):
    with open(path, "r+b") as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, length, start)
        except OSError:
            print("locked")
        else:
            print("free")
"""
"""Whether another process sees the locks that SQLite holds on a file and on its index while they are open."""


def locks_on(path: Path) -> list[str]:
    shown = subprocess.run([sys.executable, "-c", _LOCKED, str(path)], check=True, capture_output=True, text=True)
    return shown.stdout.split()


async def test_looking_at_the_file_drops_none_of_the_locks_that_sqlite_holds_on_it(
    database: SqliteDatabase, path: Path
) -> None:
    assert locks_on(path) == ["locked", "locked"]
    other = await open_sqlite(path, deadlines=DEADLINES)
    await insert(other, "Bea")
    await other.close()
    assert locks_on(path) == ["locked", "locked"]
    move_away(path)
    await unavailable(database)
    bring_back(path)
    await available(database)
    assert locks_on(path) == ["locked", "locked"]


async def test_a_pipe_at_the_path_does_not_block(database: SqliteDatabase, path: Path) -> None:
    backup = back_up(path)
    remove_all(path)
    os.mkfifo(path)
    await unavailable(database)
    await asyncio.sleep(4 * WATCH)
    remove(path)
    backup.rename(path)
    await available(database)
    assert await names(database) == ["Ada"]
