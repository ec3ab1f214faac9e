"""Requests and responses as a whole, past what uvicorn does for those that come and go in pieces.

uvicorn hands a body over by messages that are waited for, looks at each header of a response, and writes its head and
its body apart. What has come already need not be waited for, and headers of our own need no look.
"""

from starlette.responses import Response
from starlette.types import Receive, Send
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

from server.http.response import GraphQLResponse


def received_whole(receive: Receive) -> bytes | None:
    """The body, if `receive` is uvicorn's own and all of it has come. It is not given again."""
    cycle = getattr(receive, "__self__", None)
    if type(cycle) is not RequestResponseCycle or cycle.more_body or cycle.disconnected:
        return None
    body, cycle.body = bytes(cycle.body), bytearray()
    cycle.waiting_for_100_continue = False
    if cycle.flow.read_paused:
        cycle.flow.resume_reading()
    return body


def is_unanswered(receive: Receive) -> bool:
    """Whether uvicorn waits for an answer of which nothing was sent; it alone cancels such a request's task."""
    cycle = getattr(receive, "__self__", None)
    return type(cycle) is RequestResponseCycle and not cycle.response_started


def send_whole(send: Send, response: Response) -> bool:
    """Whether it was sent, which ends the request: not where `send` is not uvicorn's own, or there is more to it."""
    cycle = getattr(send, "__self__", None)
    if type(response) is not GraphQLResponse or type(cycle) is not RequestResponseCycle:
        return False
    if cycle.disconnected or cycle.response_started:
        return False
    if cycle.flow.write_paused or not cycle.keep_alive or cycle.access_log or cycle.scope["method"] == "HEAD":
        return False
    head = b"\r\n".join(map(b": ".join, (*cycle.default_headers, *response.raw_headers)))
    cycle.response_started = cycle.response_complete = True
    cycle.transport.write(b"".join((STATUS_LINE[response.status_code], head, b"\r\n\r\n", response.body)))
    cycle.message_event.set()
    cycle.on_response()
    return True
