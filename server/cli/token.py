"""`freehold token`: make a bearer token."""

import re

import click

from schema.viewer import Scope
from server.auth.tokens import digest_of, new_token
from server.settings.settings import refuse_unknown_settings


@click.command()
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    default=[Scope.READ.value],
    type=click.Choice([scope.value for scope in Scope]),
    help="What the token's holder may do; may be repeated. By default read.",
)
def token(name: str, scopes: tuple[str, ...]) -> None:
    """Make a bearer token for NAME. It is shown once: FREEHOLD_TOKENS keeps only its hash."""
    refuse_unknown_settings()
    if not re.fullmatch(r"[\w.-]{1,64}", name):
        raise click.BadParameter("must be 1 to 64 letters, digits, dots, hyphens or underscores", param_hint="NAME")
    text = new_token()
    entry = f"{name}:{'+'.join(dict.fromkeys(scopes))}:{digest_of(text).hex()}"
    click.echo(f"Give this to {name}, who sends it as `Authorization: Bearer …`:\n\n  {text}\n", err=True)
    click.echo("Add this to FREEHOLD_TOKENS:\n", err=True)
    click.echo(entry)
