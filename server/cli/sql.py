"""`freehold sql`: the statements, as they run."""

import asyncio
from difflib import get_close_matches
from textwrap import wrap

import click

from server.settings.settings import load_settings
from storage.catalog import Catalog, Sample
from storage.view import EVERYTHING, PUBLISHED, View


@click.command()
@click.argument("name", required=False)
@click.option("--published", is_flag=True, help="As it runs for readers for whom only published listings exist.")
@click.option("--all", "every", is_flag=True, help="Every statement of the name, not only the plainest.")
def sql(*, name: str | None, published: bool, every: bool) -> None:
    """Print the statement NAME as it runs, or list all names.

    FREEHOLD_DATABASE_URL says which database's; no connection is made. Records are read whole, where a server reads
    the fields that a query selects. Searches, pages and counts have a statement for each combination of filter, order
    and start: one is printed, or with --all one for each that is known to read along an index.
    """
    settings = load_settings()
    catalog = Catalog(settings.database_url.text, schema=settings.database_schema)
    if name is None:
        click.echo("\n".join(_list(catalog)))
        return
    if name not in catalog.descriptions:
        raise click.UsageError(_explain_unknown(name, catalog))
    click.echo(asyncio.run(_text(catalog, name, PUBLISHED if published else EVERYTHING, every=every)))


def _list(catalog: Catalog) -> list[str]:
    width = max(map(len, catalog.descriptions))
    return [f"{name:{width}}  {_first_sentence(text)}" for name, text in catalog.descriptions.items()]


async def _text(catalog: Catalog, name: str, view: View, *, every: bool) -> str:
    samples = await catalog.samples(name, view)
    heading = [f"-- {line}" for line in (name, *wrap(catalog.descriptions[name], 117))]
    shown = samples if every else samples[:1]
    return "\n".join([*heading, "\n\n".join(map(_sample_text, shown))])


def _sample_text(sample: Sample) -> str:
    asks_for = f"-- Here: {sample.asks_for}.\n" if sample.asks_for else ""
    return f"{asks_for}{sample.statement.text.rstrip()};"


def _first_sentence(text: str) -> str:
    return text.partition(". ")[0].removesuffix(".") + "."


def _explain_unknown(name: str, catalog: Catalog) -> str:
    similar = get_close_matches(name, catalog.descriptions, n=1)
    hint = f"did you mean {similar[0]}?" if similar else "`freehold sql` lists all"
    return f"there is no statement {name}: {hint}"
