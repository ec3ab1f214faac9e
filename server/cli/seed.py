"""`freehold seed`: fill the database with demo data."""

import asyncio

import click

from server.cli.import_file import WAIT, reporting
from server.cli.interruption import StoppableCommand, interruptible
from server.settings.settings import Settings, load_settings
from server.stores import open_store
from storage.demo.readings import build_demo
from storage.tables import OWNERS
from storage.transfer.file_import import FileImport
from storage.transfer.tally import Tally


@click.command(cls=StoppableCommand)
@click.option("--owners", type=click.IntRange(1, 1_000_000), default=2000, show_default=True, help="How many owners.")
@click.option(
    "--properties", type=click.IntRange(0, 100_000_000), default=10_000, show_default=True, help="How many listings."
)
@click.option("--seed", "number", type=int, default=1, show_default=True, help="Another seed makes other data.")
@click.option("--if-empty", is_flag=True, help="Do nothing if there is an owner already.")
def seed(*, owners: int, properties: int, number: int, if_empty: bool) -> None:
    """Write demo data: the same for the same options, so that a second run adds nothing."""
    settings = load_settings(acquire_timeout=WAIT)
    if if_empty and asyncio.run(_has_owners(settings)):
        click.echo("There are owners already: nothing was written.")
        return
    tally = Tally()
    with reporting(tally):
        asyncio.run(_write(settings, tally, owners=owners, properties=properties, number=number))
    if tally.first_bad is not None:
        reason = tally.first_bad.problems[0].message
        click.echo(f"{tally.refused:,} rows were left as they are, the first since {reason}", err=True)


async def _has_owners(settings: Settings) -> bool:
    async with open_store(settings) as store:
        await store.check()
        async with store.snapshot() as snapshot:
            return bool(await snapshot.page(OWNERS, after="", limit=1))


async def _write(settings: Settings, tally: Tally, *, owners: int, properties: int, number: int) -> None:
    async with open_store(settings) as store:
        await store.check()
        demo = build_demo(owners=owners, properties=properties, seed=number)
        async with store.importing() as session:
            with interruptible(demo) as readings:
                await FileImport(session, tally).run(readings)
