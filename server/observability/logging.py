"""Where log lines go: to standard error, one line each but for tracebacks."""

import logging

from server.settings.settings import Settings


def configure_logging(settings: Settings) -> None:
    """Ours at the level of the settings; uvicorn's from its warnings up, since we say ourselves where we listen."""
    logging.basicConfig(
        level=settings.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s", force=True
    )
    logging.getLogger("uvicorn").setLevel(max(logging.WARNING, logging.getLogger().level))
