"""Requests and responses as a whole, past what uvicorn does for those that come and go in pieces.

uvicorn hands a body over by messages that are waited for, looks at each header of a response, and writes its head and
its body apart. What has come already need not be waited for, and headers of our own need no look.
"""

from collections.abc import Sequence

from starlette.types import Receive, Send
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle


def received_whole(receive: Receive) -> bytes | None:
    """The body, if `receive` is uvicorn's own and all of it has come. It is not given again."""
    cycle = getattr(receive, "__self__", None)
    if type(cycle) is not RequestResponseCycle or cycle.more_body or cycle.disconnected:
        return None
    body = bytes(cycle.body)
    cycle.body = bytearray()
    cycle.waiting_for_100_continue = False
    cycle.flow.resume_reading()
    return body


def send_whole(send: Send, status: int, headers: Sequence[tuple[bytes, bytes]], body: bytes) -> bool:
    """Whether it was sent, which ends the request: not where `send` is not uvicorn's own, or there is more to it.

    Names of headers are in lower case, their values without line breaks, and `content-length` is among them.
    """
    cycle = getattr(send, "__self__", None)
    if type(cycle) is not RequestResponseCycle or cycle.disconnected or cycle.response_started:
        return False
    if cycle.flow.write_paused or not cycle.keep_alive or cycle.access_log or cycle.scope["method"] == "HEAD":
        return False
    parts = [STATUS_LINE[status]]
    for name, value in (*cycle.default_headers, *headers):
        parts += (name, b": ", value, b"\r\n")
    parts += (b"\r\n", body)
    cycle.response_started = cycle.response_complete = True
    cycle.transport.write(b"".join(parts))
    cycle.message_event.set()
    cycle.on_response()
    return True
