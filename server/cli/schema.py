"""`freehold schema`: the schema's text."""

import click

from schema.build import build_schema, schema_text
from server.settings.settings import refuse_unknown_settings


@click.command()
def schema() -> None:
    """Print the GraphQL schema (SDL)."""
    refuse_unknown_settings()
    click.echo(schema_text(build_schema()), nl=False)
