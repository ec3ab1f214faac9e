"""`freehold export`: everything, as NDJSON that `freehold import` reads."""

import asyncio
from typing import IO

import click

from server.commands.stopping import StoppableCommand
from server.opening import open_store
from server.settings import Settings, load_settings
from storage.transfer.export import export_lines
from storage.transfer.output_file import is_standard_output, open_output


@click.command("export", cls=StoppableCommand)
@click.argument("file", type=click.Path(dir_okay=False, allow_dash=True))
def export_file(file: str) -> None:
    """Export owners, listings and price changes to FILE as NDJSON; - is standard output.

    A file is whole or not there, and only you can read it: it holds personal data. Pipes and devices are written to.
    """
    settings = load_settings()
    quiet = is_standard_output(file)
    try:
        with open_output(file) as target:
            count = asyncio.run(_write(settings, target))
    except OSError as exc:
        raise click.FileError(file, exc.strerror) from exc
    if not quiet:
        click.echo(f"{count:,} rows exported to {file}")


async def _write(settings: Settings, target: IO[bytes]) -> int:
    count = 0
    async with open_store(settings) as store:
        await store.check()
        async with store.snapshot() as snapshot:
            async for lines in export_lines(snapshot):
                target.writelines(lines)
                count += len(lines)
    return count
