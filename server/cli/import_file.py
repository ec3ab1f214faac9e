"""`freehold import`: owners, listings and price changes from a file."""

import asyncio
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import NoReturn

import click

from server.cli.input_file import open_input
from server.cli.interruption import StoppableCommand, interruptible
from server.settings.settings import load_settings
from server.stores import open_store
from storage.errors import StoreError
from storage.transfer.csv_reader import read_csv
from storage.transfer.errors_file import ErrorsFile, ErrorsFileFailed
from storage.transfer.file_import import FileImport
from storage.transfer.line_reader import LineReader
from storage.transfer.ndjson_reader import read_ndjson
from storage.transfer.output_file import is_standard_output
from storage.transfer.reading import Reading, Unreadable
from storage.transfer.tally import Tally

WAIT = 60.0  # seconds to wait for another writer's transaction

_READERS = {"csv": read_csv, "ndjson": read_ndjson}
_ENDINGS = {".csv": "csv", ".ndjson": "ndjson", ".jsonl": "ndjson"}


@click.command("import", cls=StoppableCommand)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@click.option("--dry-run", is_flag=True, help="Check and count every row, but write nothing.")
@click.option(
    "--on-error",
    type=click.Choice(["stop", "skip"]),
    default="stop",
    show_default=True,
    help="A bad row ends the import (what precedes it is kept), or is passed over.",
)
@click.option(
    "--errors",
    type=click.Path(dir_okay=False, allow_dash=True),
    help="The file for bad rows, or - for standard output.  [default: FILE.errors.csv]",
)
@click.option("--batch", type=click.IntRange(1, 10_000), default=1000, show_default=True, help="Rows written at once.")
@click.option("--format", "format_", type=click.Choice(list(_READERS)), help="[default: as the file's ending says]")
def import_file(
    file: str, *, dry_run: bool, on_error: str, errors: str | None, batch: int, format_: str | None
) -> None:
    """Import FILE, CSV or NDJSON; - is standard input. docs/reference/import-and-export.md describes its columns."""
    format_ = format_ or _format_of(file)
    read = _READERS[format_]
    path = _errors_path(file, errors, format_)
    settings = load_settings(acquire_timeout=WAIT)
    tally = Tally()
    stop = on_error == "stop"

    async def write(lines: LineReader, errors_file: ErrorsFile, show: Callable[[int], None]) -> None:
        async with open_store(settings) as store:
            await store.check()
            async with store.importing(dry_run=dry_run) as session:
                importing = FileImport(
                    session,
                    tally,
                    batch=batch,
                    stop=stop,
                    on_bad=errors_file.add,
                    on_progress=lambda: show(lines.position),
                )
                with interruptible(read(lines)) as readings:
                    await importing.run(readings)

    with (
        reporting(tally, dry_run=dry_run, err=is_standard_output(str(path))),
        open_input(file) as source,
        ErrorsFile(path) as errors_file,
        _progress(file) as show,
    ):
        errors_file.check()
        asyncio.run(write(LineReader(source), errors_file, show))
    if tally.first_bad is not None and stop:
        _stop_at(tally.first_bad, path, dry_run=dry_run)
    if tally.refused:
        click.echo(f"{tally.refused:,} bad rows were skipped: see {_place(path)}", err=True)


@contextmanager
def reporting(tally: Tally, *, dry_run: bool = False, err: bool = False) -> Iterator[None]:
    """Print what was counted and the seconds it took, however the import ends; with `err`, on standard error."""
    report = partial(_report, tally, perf_counter(), dry_run=dry_run, err=err)
    try:
        yield
    except KeyboardInterrupt:
        report()
        click.echo(_kept(dry_run), err=True)
        raise
    except (StoreError, OSError, ErrorsFileFailed) as exc:
        if tally.counts:
            report()
            click.echo("Failed. " + _kept(dry_run), err=True)
        if isinstance(exc, ErrorsFileFailed):
            raise click.ClickException(f"--errors {exc.path}: {exc}") from exc
        if isinstance(exc, OSError):
            raise click.ClickException(str(exc)) from exc
        raise
    except Unreadable as exc:
        raise click.ClickException(str(exc)) from exc
    if not tally.lines():
        click.echo("no rows: there is nothing to write", err=err)
    report()


def _report(tally: Tally, started: float, *, dry_run: bool, err: bool) -> None:
    note = ", a dry run: nothing was written" if dry_run else ""
    for line in (*tally.lines(), f"{perf_counter() - started:.1f} seconds{note}"):
        click.echo(line, err=err)


def _kept(dry_run: bool) -> str:
    return "Nothing was written." if dry_run else "What is counted above was written and stays."


def _stop_at(bad: Reading, path: Path, *, dry_run: bool) -> NoReturn:
    for problem in bad.problems:
        field = f"{problem.field}: " if problem.field else ""
        click.echo(f"Error: line {bad.line}: {field}{problem.message}", err=True)
    click.echo(f"Stopped there; the row is in {_place(path)}. {_kept(dry_run)}", err=True)
    sys.exit(1)


def _place(path: Path) -> str:
    return "standard output" if is_standard_output(str(path)) else str(path)


def _format_of(file: str) -> str:
    try:
        return _ENDINGS[Path(file).suffix.lower()]
    except KeyError:
        raise click.UsageError(f"{file} ends in none of {', '.join(_ENDINGS)}: say --format") from None


def _errors_path(file: str, errors: str | None, format_: str) -> Path:
    beside = file if os.path.isfile(file) else "import"
    path = Path(errors or f"{beside}.errors.{format_}")
    if _ENDINGS.get(path.suffix.lower(), format_) != format_:
        raise click.UsageError(f"--errors {path}: the bad rows are {format_.upper()}, as their source is")
    if os.path.isfile(path) and path.samefile(file if os.path.exists(file) else os.devnull):
        raise click.UsageError("--errors names the file that is imported")
    return path


@contextmanager
def _progress(file: str) -> Iterator[Callable[[int], None]]:
    """What shows how many bytes were read: a bar on a terminal, else nothing."""
    length = None if file == "-" else Path(file).stat().st_size
    hidden = length is None or not sys.stderr.isatty()
    with click.progressbar(length=length or 0, label="importing", file=sys.stderr, hidden=hidden) as bar:
        yield lambda position: bar.update(position - bar.pos)
