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
_OPEN = """\
This is an open demonstration: whoever reaches this address may read and write everything, personal data too.
Only this machine does. Before it listens anywhere else, set FREEHOLD_PUBLIC or FREEHOLD_TOKENS: see docs/security.md.
"""


@click.command()
@click.option("--host", help="The address to listen on; replaces FREEHOLD_HOST.")
@click.option("--port", type=int, help="The port to listen on; replaces FREEHOLD_PORT.")
def serve(host: str | None, port: int | None) -> None:
    """Serve GraphQL. SIGTERM and Ctrl-C let running requests finish."""
    given = {"host": host, "port": port}
    settings = load_settings(**{name: value for name, value in given.items() if value is not None})
    configure_logging(settings)
    app = create_app(settings)
    asyncio.run(_check(settings))
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=int(settings.drain_timeout),
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies,
    )
    with suppress(KeyboardInterrupt):  # uvicorn has shut down cleanly by then
        _Server(config, is_open=settings.is_undecided).run()


class _Server(uvicorn.Server):
    """Greets once it listens, and ends quietly."""

    def __init__(self, config: uvicorn.Config, *, is_open: bool) -> None:
        super().__init__(config)
        self._greeting = _WELCOME + (f"\n{_OPEN}" if is_open else "")

    async def startup(self, sockets: object = None) -> None:
        await super().startup(sockets)  # type: ignore[arg-type]
        for server in self.servers:
            host, port = server.sockets[0].getsockname()[:2]
            click.echo(self._greeting.format(host=host, port=port))


async def _check(settings: Settings) -> None:
    async with open_store(settings) as store:
        await store.check()
