"""Requests and responses in one piece, where uvicorn would pass them on in several.

uvicorn gives a body in messages that are awaited, inspects each header of a response, and writes head and body apart.
A body that has arrived can be read without waiting, and our own headers need no inspection: that saves 8 % of a small
request. Where `receive` and `send` are not methods of uvicorn's RequestResponseCycle, nothing is done. This file and
`server/runtime/uvicorn_protocol.py` are the two that know uvicorn's insides.
"""

from starlette.responses import Response
from starlette.types import Receive, Send
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

from server.http.response import GraphQLResponse


def arrived_body(receive: Receive) -> bytes | None:
    """The body, if all of it has arrived; else None. It can be had once."""
    cycle = getattr(receive, "__self__", None)
    if type(cycle) is not RequestResponseCycle or cycle.more_body or cycle.disconnected:
        return None
    body, cycle.body = bytes(cycle.body), bytearray()
    cycle.waiting_for_100_continue = False
    if cycle.flow.read_paused:
        cycle.flow.resume_reading()
    return body


def is_unanswered(receive: Receive) -> bool:
    """Whether nothing of the response was sent yet. Only uvicorn, when it stops, cancels the task of such a request."""
    cycle = getattr(receive, "__self__", None)
    return type(cycle) is RequestResponseCycle and not cycle.response_started


def send_in_one_write(send: Send, response: Response) -> bool:
    """Send the response and end the request, if one write can do it. Returns whether it was sent."""
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
