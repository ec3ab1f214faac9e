"""`freehold export`: everything, as NDJSON that `freehold import` reads."""

import asyncio
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO

import click

from server.opening import open_store
from server.settings import Settings, load_settings
from storage.transfer.export import export_lines


@click.command("export")
@click.argument("file", type=click.Path(dir_okay=False, writable=True, allow_dash=True))
def export_file(file: str) -> None:
    """Export owners, listings and price changes to FILE as NDJSON; - is standard output.

    The file is whole or not there, and only you can read it: it holds personal data.
    """
    settings = load_settings()
    try:
        with _opened(file) as target:
            count = asyncio.run(_write(settings, target))
    except OSError as exc:
        raise click.FileError(file, exc.strerror) from exc
    if file != "-":
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


@contextmanager
def _opened(file: str) -> Iterator[IO[bytes]]:
    if file == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    path = Path(file)
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as partial:
        try:
            yield partial
            partial.flush()
            os.fsync(partial.fileno())
            Path(partial.name).replace(path)
        except BaseException:
            Path(partial.name).unlink()
            raise
