"""`freehold explain`: run a query here and show what it asked of the database."""

import asyncio
import sys
from typing import Any

import click
import orjson
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from executor import BatchedExecutor
from schema.build import build_schema
from schema.viewer import Scope, Viewer
from server.cli.input_file import name_of, open_input
from server.cli.interruption import StoppableCommand
from server.cli.operation_note import OperationNote
from server.graphql.context import build_context
from server.observability.logging import configure_logging
from server.observability.timeline import Timeline
from server.observability.timeline_table import timeline_lines
from server.observability.trace import Trace
from server.settings.settings import Settings, load_settings
from server.stores import open_settings_database, open_store
from storage.statements import Statement


@click.command(cls=StoppableCommand)
@click.argument("query", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@click.option("--variables", default="{}", metavar="JSON", help="The variables, a JSON object.")
@click.option("--operation", metavar="NAME", help="Which operation, where the document has several.")
@click.option("--write", is_flag=True, help="Run a mutation too; without this, one is refused.")
@click.option("--unpublished", is_flag=True, help="Read unpublished listings too.")
@click.option("--plan", "with_plan", is_flag=True, help="Show each statement's SQL and the database's plan for it.")
def explain(
    *, query: str, variables: str, operation: str | None, write: bool, unpublished: bool, with_plan: bool
) -> None:
    """Run the query of a file, or of - for standard input, and print its statements level by level.

    It is run as the public's, for whom only published listings exist, unless --unpublished or --write is given.
    Ends with 1 if the query has errors, which are printed too.
    """
    settings = load_settings()
    configure_logging(settings)
    asked = {
        "query": _read_query(query, settings.body_limit),
        "variable_values": _parse_variables(variables),
        "operation_name": operation,
        "allowed_operation_types": {OperationType.QUERY} | ({OperationType.MUTATION} if write else set()),
    }
    viewer = Viewer("explain", frozenset({Scope.UNPUBLISHED} if unpublished or write else ()), is_public=True)
    errors = asyncio.run(_explain(settings, asked, viewer, with_plan=with_plan))
    for error in errors:
        click.echo(f"error: {error}", err=True)
    if errors:
        sys.exit(1)


async def _explain(settings: Settings, asked: dict[str, Any], viewer: Viewer, *, with_plan: bool) -> list[str]:
    schema = build_schema([OperationNote, BatchedExecutor()])
    async with open_store(settings) as store:
        await store.check()
        with Trace() as trace:
            trace.wanted = True
            context = build_context(store, store, settings.currency, viewer, trace=trace)
            try:
                result = await schema.execute(**asked, context_value=context)
            except InvalidOperationTypeError as exc:
                kind = exc.operation_type.value
                hint = "; --write runs it" if exc.operation_type is OperationType.MUTATION else ""
                raise click.UsageError(f"This is a {kind}{hint}.") from exc
            except CannotGetOperationTypeError as exc:
                raise click.UsageError(exc.as_http_error_reason()) from exc
            timeline = trace.timeline()
    click.echo("\n".join(timeline_lines(trace.operation, timeline)))
    if with_plan:
        await _show_plans(settings, timeline)
    return _errors(result)


async def _show_plans(settings: Settings, timeline: Timeline) -> None:
    """Each text once, in the order in which they ran."""
    async with open_settings_database(settings) as database:
        for name, text in dict.fromkeys((run.name, run.text) for run in timeline.runs):
            plan = await database.plan(Statement(name, text))
            click.echo(f"\n{name}\n\n{text}\n\n" + "\n".join(plan))


def _errors(result: ExecutionResult) -> list[str]:
    return [
        f"{error.message} (at {'.'.join(map(str, error.path))})" if error.path else error.message
        for error in result.errors or ()
    ]


def _read_query(file: str, most: int) -> str:
    """The document's text, of at most so many bytes."""
    with open_input(file) as source:
        content = source.read(most + 1)
    if len(content) > most:
        message = f"the query has more than {most:,} bytes (FREEHOLD_BODY_LIMIT)"
        raise click.ClickException(f"{name_of(file)}: {message}")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        raise click.ClickException(f"{name_of(file)}: the query is not UTF-8") from exc
    if not text.strip():
        raise click.ClickException(f"{name_of(file)}: the query is empty")
    return text


def _parse_variables(text: str) -> dict[str, Any]:
    try:
        variables = orjson.loads(text)
    except orjson.JSONDecodeError as exc:
        raise click.BadParameter(f"not JSON: {exc}", param_hint="--variables") from exc
    if not isinstance(variables, dict):
        raise click.BadParameter("must be a JSON object", param_hint="--variables")
    return variables
