"""`freehold serve`: answer requests until told to stop."""

import asyncio
import os
from collections.abc import Callable
from contextlib import suppress

import click
import uvicorn

from server.app import create_app
from server.environment import variable_of
from server.garbage import settle
from server.logs import configure_logging
from server.opening import open_store
from server.protocol import Protocol
from server.settings import Settings, load_settings
from server.workers import FACTORY, run_workers

_WELCOME = """\
Freehold serves http://{host}:{port}/graphql  (Ctrl-C ends it)
Open it in a browser, or try:

  curl -s http://{host}:{port}/graphql -H 'content-type: application/json' \\
    -d '{{"query":"{{ propertiesByCity(city: \\"Berlin\\", limit: 3) {{ address price owner {{ name }} }} }}"}}'
"""
_OPEN = """\
This is an open demonstration: whoever reaches this address may read and write everything, personal data too.
Only this machine does. Before it listens anywhere else, or a proxy or tunnel leads here, set FREEHOLD_PUBLIC or
FREEHOLD_TOKENS: see docs/security.md.
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
    settings = load_settings()
    configure_logging(settings)
    app = create_app(settings)
    asyncio.run(_check(settings))
    settle()
    together = settings.workers > 1
    config = uvicorn.Config(
        FACTORY if together else app,
        factory=together,
        workers=settings.workers,
        host=settings.host,
        port=settings.port,
        http=Protocol,
        log_config=None,
        access_log=False,
        timeout_keep_alive=settings.keep_alive,
        timeout_graceful_shutdown=int(settings.drain_timeout),
        server_header=False,
        reset_contextvars=True,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies,
    )
    greeting = _WELCOME + (f"\n{_OPEN}" if settings.is_undecided else "")

    def greet(host: str, port: int) -> None:
        click.echo(greeting.format(host=host, port=port))

    with suppress(KeyboardInterrupt):  # uvicorn has shut down cleanly by then
        if together:
            run_workers(config, greet)
        else:
            _Server(config, greet).run()


class _Server(uvicorn.Server):
    """Greets once it listens, and ends quietly."""

    def __init__(self, config: uvicorn.Config, greet: Callable[[str, int], None]) -> None:
        super().__init__(config)
        self._greet = greet

    async def startup(self, sockets: object = None) -> None:
        await super().startup(sockets)  # type: ignore[arg-type]
        for server in self.servers:
            self._greet(*server.sockets[0].getsockname()[:2])


async def _check(settings: Settings) -> None:
    async with open_store(settings) as store:
        await store.check()
