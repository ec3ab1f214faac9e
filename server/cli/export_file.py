"""`freehold export`: everything as NDJSON, or owners or listings as CSV, as `freehold import` reads it."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import IO

import click

from server.cli.interruption import StoppableCommand
from server.settings.settings import Settings, load_settings
from server.stores import open_store
from storage.transfer.export import export_csv_lines, export_lines
from storage.transfer.outcome import Kind
from storage.transfer.output_file import is_standard_output, open_output
from storage.transfer.snapshot import Snapshot

_ENDINGS = {".csv": "csv", ".ndjson": "ndjson", ".jsonl": "ndjson"}
_KINDS = {"owners": Kind.OWNER, "properties": Kind.PROPERTY}


@click.command("export", cls=StoppableCommand)
@click.argument("file", type=click.Path(dir_okay=False, allow_dash=True))
@click.option(
    "--format",
    "format_",
    type=click.Choice(["csv", "ndjson"]),
    help="[default: as the file's ending says; NDJSON for what is no regular file]",
)
@click.option("--only", type=click.Choice(list(_KINDS)), help="What a CSV file holds: its rows are of one kind.")
def export_file(file: str, *, format_: str | None, only: str | None) -> None:
    """Export owners, listings and price changes to FILE as NDJSON, or some as CSV; - is standard output.

    A file is whole or not there, and only you can read it: it holds personal data. Pipes and devices are written to.
    """
    format_ = format_ or _format_of(file)
    if (format_ == "csv") != (only is not None):
        raise click.UsageError(
            "a CSV file has rows of one kind: say --only owners or --only properties (NDJSON holds everything)"
            if only is None
            else "--only is for CSV: NDJSON holds everything"
        )
    settings = load_settings()
    quiet = is_standard_output(file)
    try:
        with open_output(file) as target:
            count = asyncio.run(_write(settings, target, None if only is None else _KINDS[only]))
    except OSError as exc:
        raise click.FileError(file, exc.strerror) from exc
    if not quiet:
        click.echo(f"{count:,} rows exported to {file}")


async def _write(settings: Settings, target: IO[bytes], kind: Kind | None) -> int:
    count = 0 if kind is None else -1  # the header is no row
    async with open_store(settings) as store:
        await store.check()
        async with store.snapshot() as snapshot:
            async for lines in _lines(snapshot, kind):
                target.writelines(lines)
                count += len(lines)
    return count


def _lines(snapshot: Snapshot, kind: Kind | None) -> AsyncIterator[list[bytes]]:
    return export_lines(snapshot) if kind is None else export_csv_lines(snapshot, kind)


def _format_of(file: str) -> str:
    ending = Path(file).suffix.lower()
    if ending in _ENDINGS:
        return _ENDINGS[ending]
    if file == "-" or (os.path.exists(file) and not os.path.isfile(file)) or is_standard_output(file):
        return "ndjson"
    raise click.UsageError(f"{file} ends in none of {', '.join(_ENDINGS)}: say --format csv or --format ndjson")
