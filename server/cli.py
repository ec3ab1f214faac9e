"""The command `freehold`."""

import sys

import click

from server.auth.access import Exposed
from server.commands.explain import explain
from server.commands.export_file import export_file
from server.commands.import_file import import_file
from server.commands.migrate import migrate
from server.commands.schema import schema
from server.commands.seed import seed
from server.commands.serve import serve
from server.commands.token import token
from server.documents.manifest import InvalidManifest
from server.environment import PREFIX, source_of
from server.settings import InvalidSettings
from storage.errors import InvalidValue, Rejected, StoreError


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="freehold")
def freehold() -> None:
    """A GraphQL server for property listings. Settings are read from the environment: see docs/settings.md."""


for command in (serve, migrate, seed, import_file, export_file, explain, schema, token):
    freehold.add_command(command)


def main() -> None:
    """Run the command; what the user can mend is one line, not a traceback."""
    try:
        freehold()
    except (InvalidSettings, InvalidManifest, Exposed, StoreError) as exc:
        click.echo(f"Error: {_explain(exc)}", err=True)
        sys.exit(1)


def _explain(exc: Exception) -> str:
    """What the database says, behind the variable that names the database, unless it speaks of settings itself."""
    if not isinstance(exc, StoreError) or isinstance(exc, (Rejected, InvalidValue)) or PREFIX in str(exc):
        return str(exc)
    return f"{source_of('database_url')}: {exc}"


if __name__ == "__main__":
    main()
