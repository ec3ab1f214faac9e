"""How one process stops while clients leave their answers unread."""

import asyncio
import logging
import socket
from contextlib import nullcontext

import pytest

from server.runtime.shutdown import Stage
from server.runtime.sockets import bind, listen
from server.runtime.uvicorn_server import Server, build_config
from server.settings.settings import Settings
from tests.server.wire import Teller, on_uvloop


@on_uvloop
async def test_an_answer_that_its_client_does_not_take_is_given_up_without_an_error(
    caplog: pytest.LogCaptureFixture,
) -> None:
    server = Server(build_config(Settings(drain_timeout=1), Teller()), lifespan=nullcontext(), delay=0)
    sockets = bind("127.0.0.1", 0)
    listen(sockets)
    serving = asyncio.create_task(server.serve(sockets))
    with caplog.at_level(logging.INFO), socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(sockets[0].getsockname())
        client.send(b"GET /large?bytes=20000000 HTTP/1.1\r\nhost: x\r\n\r\n")
        client.setblocking(False)
        await asyncio.get_running_loop().sock_recv(client, 1)
        server.advance(Stage.DRAINING)
        await asyncio.wait_for(serving, 10)
    assert [record.message for record in caplog.records if record.levelno >= logging.WARNING] == []
