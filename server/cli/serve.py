"""`freehold serve`: answer requests until told to stop."""

import asyncio
import os
import sys
from contextlib import ExitStack

import click

from server.app import create_app
from server.cli.worker import run_worker
from server.observability.logging import configure_logging
from server.observability.metrics_folder import metrics_folder
from server.redis_links import build_links
from server.runtime.file_descriptors import raise_limit
from server.runtime.garbage_collector import freeze_start
from server.runtime.shutdown import STOPS, end_start, handling
from server.runtime.sockets import bind, check_host, listen, url_of
from server.runtime.uvicorn_server import Server, build_config
from server.runtime.workers import Supervisor
from server.settings.environment import variable_of
from server.settings.settings import Settings, load_settings
from server.stores import open_store

_WELCOME = """\
Freehold serves {url}/graphql  (Ctrl-C ends it)
Open it in a browser, or try:

  curl -s {url}/graphql -H 'content-type: application/json' \\
    -d '{{"query":"{{ propertiesByCity(city: \\"Berlin\\", limit: 3) {{ address price owner {{ name }} }} }}"}}'
"""
_OPEN = """
This is an open demonstration: whoever reaches this address may read and write everything, personal data too.
Keep it for generated data, and let no proxy or tunnel lead here: see docs/reference/access.md.
"""
_UNDECIDED = """
Everybody on this machine may read what is public, and nobody may do more. To allow more, set FREEHOLD_TOKENS
(`freehold token` makes a token), or FREEHOLD_DEMONSTRATION=on for generated data on this machine alone.
"""


@click.command()
@click.option("--host", help="The address to listen on; replaces FREEHOLD_HOST.")
@click.option("--port", type=click.IntRange(0, 65535), help="The port to listen on; replaces FREEHOLD_PORT.")
@click.option("--workers", type=click.IntRange(1, 256), help="How many processes answer; replaces FREEHOLD_WORKERS.")
def serve(**given: str | int | None) -> None:
    """Serve GraphQL. SIGTERM and Ctrl-C let running requests finish."""
    for name, value in given.items():
        if value is not None:
            os.environ[variable_of(name)] = str(value)  # where workers find it too
    with handling(STOPS, end_start), ExitStack() as stack:
        settings = load_settings()
        configure_logging(settings)
        raise_limit()
        check_host(settings.host)  # before who may reach it is asked
        links = build_links(settings)
        if any(links):
            asyncio.run(links.check())
        app = create_app(settings)
        sockets = bind(settings.host, settings.port)
        for each in sockets:
            stack.enter_context(each)
        greeting = _WELCOME.format(url=url_of(sockets[0])) + _warning(settings)
        if settings.workers > 1:
            asyncio.run(_check(settings))  # so that what is wrong is told once, and not by each worker
            listen(sockets)  # clients that connect before the workers are ready wait for them
            with metrics_folder():
                supervisor = Supervisor(sockets, run_worker, settings.workers, lambda: click.echo(greeting))
                sys.exit(supervisor.run())
        freeze_start()
        server = Server(
            build_config(settings, app),
            lifespan=app.router.lifespan_context(app),
            delay=settings.delay_before_shutdown,
            on_start=lambda: click.echo(greeting),
        )
        server.run(sockets)


def _warning(settings: Settings) -> str:
    """What a greeting says of a server that nothing says who may ask."""
    if settings.demonstration:
        return _OPEN
    return _UNDECIDED if settings.is_undecided else ""


async def _check(settings: Settings) -> None:
    async with open_store(settings) as store:
        await store.check()
