"""Fetches a small document without blocking the event loop, bounded in size and in time."""

import asyncio
import threading
import time
import urllib.request
from contextlib import suppress
from http.client import HTTPException, HTTPResponse
from typing import Any

_SILENCE = 5.0
"""Seconds for which the other side may send nothing."""
_LONGEST = 10.0
"""Seconds of a whole download."""
_GREATEST = 1_000_000
_PIECE = 1 << 16


class DownloadFailed(Exception):
    """The document could not be had; the message says why."""


async def download(url: str) -> bytes:
    """The document at this address; no redirect is followed. Raises DownloadFailed.

    urllib works in a thread of its own, which does not keep the process from ending.
    """
    loop = asyncio.get_running_loop()
    outcome: asyncio.Future[bytes] = loop.create_future()

    def settle(body: bytes | None, error: Exception | None) -> None:
        if outcome.done():
            return
        if error is not None:
            outcome.set_exception(error)
        elif body is not None:
            outcome.set_result(body)

    def work() -> None:
        body, error = None, None
        try:
            body = _read(url)
        except (OSError, HTTPException, ValueError) as exc:
            error = DownloadFailed(f"{type(exc).__name__}: {exc}")
        except DownloadFailed as exc:
            error = exc
        with suppress(RuntimeError):  # the loop is closed, and nobody waits
            loop.call_soon_threadsafe(settle, body, error)

    threading.Thread(target=work, name="download", daemon=True).start()
    try:
        return await asyncio.wait_for(outcome, _LONGEST)
    except TimeoutError:
        raise DownloadFailed(f"it took longer than {_LONGEST:g} s") from None


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        """The answer stays what it is, an error."""


def _read(url: str) -> bytes:
    request = urllib.request.Request(url, headers={"user-agent": "freehold", "accept": "application/json, */*"})
    until = time.monotonic() + _LONGEST
    with urllib.request.build_opener(_NoRedirects).open(request, timeout=_SILENCE) as response:
        return _read_body(response, until)


def _read_body(response: HTTPResponse, until: float) -> bytes:
    parts: list[bytes] = []
    size = 0
    while piece := response.read1(_PIECE):
        parts.append(piece)
        size += len(piece)
        if size > _GREATEST:
            raise DownloadFailed(f"it has more than {_GREATEST:,} bytes")
        if time.monotonic() > until:
            raise DownloadFailed(f"it took longer than {_LONGEST:g} s")
    return b"".join(parts)
