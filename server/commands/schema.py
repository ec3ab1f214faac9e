"""`freehold schema`: the schema's text."""

import click

from schema.build import build_schema, schema_text


@click.command()
def schema() -> None:
    """Print the GraphQL schema (SDL)."""
    click.echo(schema_text(build_schema()), nl=False)
