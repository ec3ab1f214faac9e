"""`freehold serve`: answer requests until told to stop."""

import asyncio
from contextlib import suppress

import click
import uvicorn

from server.app import create_app
from server.logs import configure_logging
from server.opening import open_store
from server.settings import Settings, load_settings

_WELCOME = """\
Freehold serves http://{host}:{port}/graphql  (Ctrl-C ends it)
Open it in a browser, or try:

  curl -s http://{host}:{port}/graphql -H 'content-type: application/json' \\
    -d '{{"query":"{{ propertiesByCity(city: \\"Berlin\\", limit: 3) {{ address price owner {{ name }} }} }}"}}'
"""


@click.command()
@click.option("--host", help="The address to listen on; replaces FREEHOLD_HOST.")
@click.option("--port", type=int, help="The port to listen on; replaces FREEHOLD_PORT.")
def serve(host: str | None, port: int | None) -> None:
    """Serve GraphQL. SIGTERM and Ctrl-C let running requests finish."""
    given = {"host": host, "port": port}
    settings = load_settings(**{name: value for name, value in given.items() if value is not None})
    configure_logging(settings)
    asyncio.run(_check(settings))
    config = uvicorn.Config(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=int(settings.drain_timeout),
        server_header=False,
    )
    with suppress(KeyboardInterrupt):  # uvicorn has shut down cleanly by then
        _Server(config).run()


class _Server(uvicorn.Server):
    """Greets once it listens, and ends quietly."""

    async def startup(self, sockets: object = None) -> None:
        await super().startup(sockets)  # type: ignore[arg-type]
        for server in self.servers:
            host, port = server.sockets[0].getsockname()[:2]
            click.echo(_WELCOME.format(host=host, port=port))


async def _check(settings: Settings) -> None:
    async with open_store(settings) as store:
        await store.check()
