"""What orchestrators ask: is the process alive, and should it get requests?"""

import logging

from starlette.responses import JSONResponse

from storage.errors import Misconfigured, SchemaMismatch, StoreError
from storage.store import Store

logger = logging.getLogger("freehold")


def answer_alive() -> JSONResponse:
    """The event loop turns: that is all."""
    return JSONResponse({"status": "alive"})


async def answer_ready(store: Store, *, is_stopping: bool) -> JSONResponse:
    """503 unless the database answers, its tables suit this code, and the server is not about to stop."""
    if is_stopping:
        return JSONResponse({"status": "not ready", "reason": "the server is stopping"}, status_code=503)
    try:
        await store.check()
    except StoreError as exc:
        logger.warning("not ready: %s", exc)
        return JSONResponse({"status": "not ready", "reason": _reason(exc)}, status_code=503)
    return JSONResponse({"status": "ready"})


def _reason(exc: StoreError) -> str:
    """What anybody may know of it."""
    if isinstance(exc, SchemaMismatch):
        return str(exc)
    if isinstance(exc, Misconfigured):
        return "the database refuses what this server asks: its log says why"
    return "the database does not answer"
