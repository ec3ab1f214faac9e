"""`freehold migrate`: bring the database's tables up to this code."""

import asyncio
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from server.cli.interruption import StoppableCommand
from server.settings.settings import Settings, load_settings
from server.stores import open_settings_database
from storage import migrations
from storage.errors import Unavailable
from storage.opening import sqlite_path

_WAIT = 300.0  # seconds to wait while another instance migrates


@click.command(cls=StoppableCommand)
@click.option("--status", is_flag=True, help="Show every migration and whether it was applied; change nothing.")
def migrate(status: bool) -> None:
    """Apply the migrations that the database lacks. Instances that start together may all run this."""
    settings = load_settings(acquire_timeout=_WAIT)
    asyncio.run(_show(settings) if status else _apply(settings))


async def _apply(settings: Settings) -> None:
    missing = _missing_file(settings)
    if missing is not None:
        _make_folder(missing.parent)
    async with open_settings_database(settings, create=True) as database:
        if missing is not None:
            click.echo(f"made the file {missing.absolute()}")
        for migration in await migrations.migrate(database):
            click.echo(f"applied {_title(migration)}")
        await migrations.check_schema(database)
        click.echo("the database is up to date")


async def _show(settings: Settings) -> None:
    async with open_settings_database(settings) as database:
        applied = await migrations.applied_migrations(database, database)
        known = migrations.load_migrations(database.migrations)
        for line in _status_lines(applied, known):
            click.echo(line)
        if len(applied) >= len(known):
            await migrations.check_schema(database)


def _status_lines(applied: Sequence[migrations.Migration], known: Sequence[migrations.Migration]) -> list[str]:
    lines = [f"{_title(migration)}  applied {_date(migration.applied_at or 0)}" for migration in applied]
    lines += [f"{_title(migration)}  missing" for migration in known[len(applied) :]]
    return lines


def _title(migration: migrations.Migration) -> str:
    return f"{migration.version:04} {migration.name}"


def _date(micros: int) -> str:
    return f"{datetime.fromtimestamp(micros // 1_000_000, UTC):%Y-%m-%d %H:%M:%S} UTC"


def _missing_file(settings: Settings) -> Path | None:
    """The SQLite file that is not there yet; None for one that is, and for Postgres."""
    url = settings.database_url.text
    if not url.startswith("sqlite:"):
        return None
    path = sqlite_path(url)
    return None if os.path.exists(path) else path


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise Unavailable(f"the folder {folder} can't be made: {exc.strerror}") from exc
