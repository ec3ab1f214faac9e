"""The subcommands. A subcommand's module is imported when it runs: none waits for another's imports."""

import gc
import sys
from importlib import import_module
from typing import NamedTuple

import click

from server.cli.standard_output import OutputFailed, give_up, tell_failures
from server.runtime.shutdown import STOPS, end_start, handling


class _Lazy(NamedTuple):
    """Where a subcommand is defined, and its line in the list of commands."""

    module: str
    name: str
    help: str


COMMANDS = {
    "serve": _Lazy("serve", "serve", "Serve GraphQL."),
    "migrate": _Lazy("migrate", "migrate", "Apply the migrations that the database lacks."),
    "seed": _Lazy("seed", "seed", "Write demo data: the same for the same options."),
    "import": _Lazy("import_file", "import_file", "Import a CSV or NDJSON file."),
    "export": _Lazy("export_file", "export_file", "Export owners, listings and price changes to a file."),
    "explain": _Lazy("explain", "explain", "Run a query and print its statements level by level."),
    "sql": _Lazy("sql", "sql", "Print a statement as it runs, or list all."),
    "schema": _Lazy("schema", "schema", "Print the GraphQL schema (SDL)."),
    "token": _Lazy("token", "token", "Make a bearer token."),
}


class _Commands(click.Group):
    """The subcommands, of which listing them imports none."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        lazy = COMMANDS.get(cmd_name)
        if lazy is None:
            return None
        if cmd_name == "serve":  # to import it is most of its start
            ctx.with_resource(handling(STOPS, end_start))
        gc.disable()  # imports make many objects and hardly any garbage
        try:
            command: click.Command = getattr(import_module(f"server.cli.{lazy.module}"), lazy.name)
        finally:
            gc.freeze()  # nor do later collections look at what is here to stay
            gc.enable()
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, lazy.help) for name, lazy in COMMANDS.items()])


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="freehold")
def freehold() -> None:
    """A GraphQL server for property listings. Its settings are environment variables: docs/reference/settings.md."""


def run() -> None:
    """Run the command; what the user can mend is one line, not a traceback.

    Where nobody reads standard output any longer (`| head`) it ends as SIGPIPE would end it, without a word.
    """
    tell_failures()
    try:
        freehold()
    except OutputFailed as exc:
        give_up()
        if not exc.is_unread:
            click.echo(f"Error: {exc}", err=True)
        sys.exit(exc.status)
    except Exception as exc:
        from server.cli.failures import explain_failure

        message = explain_failure(exc)
        if message is None:
            raise
        click.echo(f"Error: {message}", err=True)
        sys.exit(1)
