"""How many connections there may be and how long each may wait for its client. Time passes by `sweep` alone."""

import asyncio
import logging
import socket

import pytest
import uvicorn

from server.runtime.connections import LINGER, RESERVE, Connections, Limits
from tests.server.wire import Teller, Wire, dialed, on_uvloop, served, wired

GET = b"GET /%s HTTP/1.1\r\nhost: x\r\n\r\n"
HEAD = b"GET / HTTP/1.1\r\nho"
BODY = b"POST /%s HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\n\r\np"


async def until(connections: Connections, place: str, count: int = 1) -> None:
    """Until so many connections are there."""
    async with asyncio.timeout(5):
        while len(getattr(connections, place)) != count:  # noqa: ASYNC110
            await asyncio.sleep(0.005)


async def until_none_is_open(connections: Connections) -> None:
    async with asyncio.timeout(5):
        while connections.open:  # noqa: ASYNC110
            await asyncio.sleep(0.005)


def sweep(connections: Connections, later: float) -> None:
    """What happens when so many seconds have passed."""
    connections.sweep(asyncio.get_running_loop().time() + later)


@on_uvloop
async def test_a_connection_that_sends_nothing_is_closed_after_its_idle_time() -> None:
    app = Teller(Limits(idle=65))
    async with wired(app) as wire:
        await until(app.connections, "idle")
        sweep(app.connections, 64)
        await wire.send(GET % b"")
        assert (await wire.answer())[0] == 200
        await until(app.connections, "idle")
        sweep(app.connections, 66)
        assert await wire.is_closed()
        assert app.connections.closed == {"idle": 1}


@pytest.mark.parametrize("first", [True, False])
@on_uvloop
async def test_a_head_that_is_not_whole_in_time_is_408_and_dribbling_gains_nothing(first: bool) -> None:
    app = Teller(Limits(head=10))
    async with wired(app) as wire:
        if not first:
            await wire.send(GET % b"")
            await wire.answer()
        await wire.send(HEAD)
        await until(app.connections, "heads")
        [began] = app.connections.heads.values()
        await wire.send(b"s", b"t", b": ")
        await asyncio.sleep(0.02)
        assert list(app.connections.heads.values()) == [began]
        sweep(app.connections, 9)
        assert not app.connections.closed
        sweep(app.connections, 11)
        status, headers, body = await wire.answer()
        assert (status, headers["connection"]) == (408, "close")
        assert body["errors"][0]["extensions"] == {"code": "REQUEST_TIMEOUT"}
        assert await wire.is_closed()


@on_uvloop
async def test_line_breaks_do_not_keep_a_connection_open() -> None:
    app = Teller(Limits(idle=65))
    async with wired(app) as wire:
        await until(app.connections, "idle")
        [began] = app.connections.idle.values()
        await wire.send(b"\r\n", b"\r\n")
        await asyncio.sleep(0.02)
        assert list(app.connections.idle.values()) == [began]


@on_uvloop
async def test_the_rest_of_a_body_that_was_answered_is_waited_for_briefly() -> None:
    app = Teller()
    async with wired(app) as wire:
        await wire.send(BODY % b"unread")
        assert (await wire.answer())[0] == 200
        await until(app.connections, "rests")
        sweep(app.connections, LINGER - 1)
        await wire.send(b"i")
        sweep(app.connections, LINGER + 1)
        assert await wire.is_closed()
        assert app.connections.closed == {"body": 1}


@on_uvloop
async def test_a_body_in_its_requests_deadline_is_left_alone() -> None:
    app = Teller()
    async with wired(app) as wire:
        await wire.send(BODY % b"x")
        await until(app.connections, "bodies")
        sweep(app.connections, 3600)
        await wire.send(b"ing")
        assert (await wire.answer())[2]["body"] == "ping"


@on_uvloop
async def test_a_request_that_is_being_answered_waits_for_nobody() -> None:
    app = Teller()
    async with wired(app) as wire:
        await wire.send(GET % b"held" + HEAD)
        await app.begun.acquire()
        sweep(app.connections, 3600)
        app.let_go.set()
        assert (await wire.answer())[0] == 200
        await until(app.connections, "heads")


def narrow(server: uvicorn.Server) -> socket.socket:
    """A connection whose client takes little before it reads."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.connect(server.servers[0].sockets[0].getsockname())
    client.setblocking(False)
    return client


@on_uvloop
async def test_a_client_that_takes_nothing_of_its_answer_is_disconnected() -> None:
    app = Teller(Limits(write=30))
    async with served(app) as server:
        with narrow(server) as client:
            client.send(GET % b"large?bytes=20000000")
            await until(app.connections, "unread")
            sweep(app.connections, 29)
            assert not app.connections.closed
            sweep(app.connections, 31)  # the kernel has taken some of it
            sweep(app.connections, 62)
            assert app.connections.closed == {"unread": 1}
            await until_none_is_open(app.connections)


@on_uvloop
async def test_a_slow_client_that_takes_a_tenth_of_its_answer_at_a_time_is_not() -> None:
    app = Teller(Limits(write=30, idle=3600))
    async with served(app) as server:
        with narrow(server) as client:
            client.send(GET % b"large?bytes=20000000")
            await until(app.connections, "unread")
            for number in range(1, 4):
                await take(client, app.connections, 2_100_000)
                sweep(app.connections, 31 * number)
            assert not app.connections.closed


@on_uvloop
async def test_a_client_that_takes_less_than_a_tenth_of_its_answer_at_a_time_is_disconnected() -> None:
    app = Teller(Limits(write=30))
    async with served(app) as server:
        with narrow(server) as client:
            client.send(GET % b"large?bytes=20000000")
            await until(app.connections, "unread")
            await take(client, app.connections, 500_000)
            sweep(app.connections, 31)
            assert app.connections.closed == {"unread": 1}
            await until_none_is_open(app.connections)


async def take(client: socket.socket, connections: Connections, size: int) -> None:
    """Read until the server has about so many bytes less of the one answer that is unread."""
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 256 * 1024)
    [connection] = connections.unread
    before = connection.unsent
    while connection.unsent > before - size:
        await asyncio.get_running_loop().sock_recv(client, 256 * 1024)


@on_uvloop
async def test_of_answers_that_together_hold_too_much_the_largest_is_cut(caplog: pytest.LogCaptureFixture) -> None:
    app = Teller(Limits(unsent=25_000_000))
    with caplog.at_level(logging.WARNING, "freehold"):
        async with served(app) as server:
            with narrow(server) as small, narrow(server) as large, narrow(server) as last:
                for count, (client, size) in enumerate(((small, 8_000_000), (large, 16_000_000)), start=1):
                    client.send(GET % (b"large?bytes=%d" % size))
                    await until(app.connections, "unread", count)
                assert not app.connections.closed
                last.send(GET % b"large?bytes=10000000")
                async with asyncio.timeout(5):
                    while not app.connections.closed:  # noqa: ASYNC110
                        await asyncio.sleep(0.005)
                await until(app.connections, "unread", 2)
                sizes = sorted(connection.unsent for connection in app.connections.unread)
                assert sizes[0] <= 8_000_200
                assert sizes[1] <= 10_000_200
                assert app.connections.unsent == sum(sizes)
        assert app.connections.closed == {"unsent": 1}
        assert app.connections.unsent == 0
    assert [record.message for record in caplog.records] == [
        "clients leave more than 25000000 bytes of answers unread: the largest are cut"
    ]


@on_uvloop
async def test_an_answer_that_alone_holds_too_much_is_cut() -> None:
    app = Teller(Limits(unsent=5_000_000))
    async with served(app) as server:
        with narrow(server) as client:
            client.send(GET % b"large?bytes=20000000")
            async with asyncio.timeout(5):
                while not app.connections.closed:  # noqa: ASYNC110
                    await asyncio.sleep(0.005)
            assert app.connections.closed == {"unsent": 1}
            await until_none_is_open(app.connections)
            assert app.connections.unsent == 0


@pytest.mark.parametrize("size", [20_000_000, 3_000_000])
@on_uvloop
async def test_a_closed_connection_whose_client_takes_nothing_is_given_up_too(size: int) -> None:
    app = Teller(Limits(write=30))
    async with served(app) as server:
        with narrow(server) as client:
            client.send(b"GET /large?bytes=%d HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n" % size)
            await until(app.connections, "unread")
            sweep(app.connections, 31)
            sweep(app.connections, 62)
            await until_none_is_open(app.connections)


@on_uvloop
async def test_beyond_the_limit_the_connection_that_waited_longest_for_its_client_is_closed() -> None:
    app = Teller(Limits(connections=3))
    async with served(app) as server, dialed(server) as first, dialed(server) as second, dialed(server) as head:
        await until(app.connections, "idle", 3)
        await first.send(GET % b"")
        await first.answer()
        await second.send(BODY % b"x")
        await until(app.connections, "bodies")
        await head.send(HEAD)
        await until(app.connections, "heads")
        async with dialed(server) as third:
            assert await first.is_closed()
            await third.send(GET % b"held")
            await app.begun.acquire()
            async with dialed(server) as fourth:
                assert await second.is_closed()
                await fourth.send(GET % b"held")
                await app.begun.acquire()
                async with dialed(server) as fifth:
                    assert await head.is_closed()
                    app.let_go.set()
                    for wire in (third, fourth, fifth):
                        await wire.send(GET % b"")
                        assert (await wire.answer())[0] == 200
        assert app.connections.closed == {"shed": 3}


def part_of_a_body(size: int, path: bytes = b"x", length: int = 4000) -> bytes:
    """A request that is not whole, of so many bytes."""
    head = b"POST /%s HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n" % (path, length)
    return head + b"b" * (size - len(head))


async def until_held(connections: Connections, size: int) -> None:
    async with asyncio.timeout(5):
        while connections.held != size:  # noqa: ASYNC110
            await asyncio.sleep(0.005)


@on_uvloop
async def test_beyond_the_limit_on_bytes_the_largest_request_that_is_not_whole_is_refused(
    caplog: pytest.LogCaptureFixture,
) -> None:
    app = Teller(Limits(held=6000))
    with caplog.at_level(logging.WARNING, "freehold"):
        async with served(app) as server, dialed(server) as small, dialed(server) as large, dialed(server) as last:
            await small.send(part_of_a_body(1000))
            await large.send(part_of_a_body(3500), b"b" * 300)
            await until_held(app.connections, 4800)
            await last.send(part_of_a_body(1200))
            await until_held(app.connections, 6000)
            await last.send(b"b")
            status, headers, body = await large.answer()
            assert (status, headers["connection"], headers["retry-after"]) == (503, "close", "1")
            assert body["errors"][0]["extensions"] == {"code": "OVERLOADED"}
            await until_held(app.connections, 2201)
            await large.send(b"b" * 1000)
            for wire, came in ((small, 1000), (last, 1201)):
                await wire.send(b"b" * (4000 + len(part_of_a_body(0)) - came))
                assert (await wire.answer())[0] == 200
            await until_held(app.connections, 0)
        assert app.ends == ["hung up", "answered", "answered"]
        assert app.connections.closed["overloaded"] == 1
    assert [record.message for record in caplog.records] == [
        "requests that are not answered hold more than 6000 bytes: the largest are refused"
    ]


@on_uvloop
async def test_heads_and_what_waits_behind_other_requests_count_too() -> None:
    app = Teller(Limits(held=44_000))
    async with served(app) as server, dialed(server) as head, dialed(server) as queue, dialed(server) as unread:
        await queue.send(GET % b"held" + GET % b"" + b"GET /later HTTP/1.1\r\nhost: x\r\n\r\n" * 600)
        await until(app.connections, "queues")
        await head.send(b"GET / HTTP/1.1\r\nhost: x\r\nx: " + b"a" * 15_000)
        await until(app.connections, "heads")
        await unread.send(part_of_a_body(10_000, b"held", length=20_000))
        await until(app.connections, "queues", 0)  # to be refused once what was asked before is answered
        await head.send(b"a" * 20_000)
        assert (await head.answer())[0] == 503
        app.let_go.set()
        statuses = [(await queue.answer())[0]]
        while statuses[-1] == 200:
            statuses.append((await queue.answer())[0])
        assert statuses[0] == 200
        assert statuses[-1] == 503
        assert await queue.is_closed()
    await until_none_is_open(app.connections)
    assert app.connections.held == 0


@on_uvloop
async def test_requests_that_were_answered_hold_nothing() -> None:
    app = Teller(Limits(held=1000))
    async with wired(app) as wire:
        for path in (b"", b"unread", b"livez") * 20:
            await wire.send(b"POST /%s HTTP/1.1\r\nhost: x\r\ncontent-length: 500\r\n\r\n" % path, b"b" * 500)
            assert (await wire.answer())[0] == 200
        await until_held(app.connections, 0)
        await wire.send(BODY % b"x")
        await until(app.connections, "bodies")
        wire.writer.close()
        await until_none_is_open(app.connections)
    assert app.connections.held == 0


@on_uvloop
async def test_slow_heads_make_room_before_who_has_just_connected() -> None:
    app = Teller(Limits(connections=2))
    async with served(app) as server, dialed(server) as first, dialed(server) as second:
        for wire in (first, second):
            await wire.send(HEAD)
        await until(app.connections, "heads", 2)
        async with dialed(server) as third, dialed(server):
            assert await first.is_closed()
            assert await second.is_closed()
            await third.send(GET % b"")
            assert (await third.answer())[0] == 200


@on_uvloop
async def test_while_all_connections_are_busy_only_health_checks_are_answered(
    caplog: pytest.LogCaptureFixture,
) -> None:
    app = Teller(Limits(connections=1))
    with caplog.at_level(logging.WARNING, "freehold"):
        async with served(app) as server, dialed(server) as busy:
            await busy.send(GET % b"held")
            await app.begun.acquire()
            for _ in range(3):
                async with dialed(server) as wire:
                    await wire.send(GET % b"livez")
                    assert (await wire.answer())[0] == 200
                    await wire.send(GET % b"x")
                    status, headers, body = await wire.answer()
                    assert (status, headers["connection"], headers["retry-after"]) == (503, "close", "1")
                    assert body["errors"][0]["extensions"] == {"code": "OVERLOADED"}
                    assert await wire.is_closed()
            app.let_go.set()
            await busy.answer()
    assert [record.message for record in caplog.records] == [
        "all 1 connections are in use: those that waited longest for their clients are closed"
    ]


@on_uvloop
async def test_beyond_the_reserve_a_connection_is_closed_at_once() -> None:
    app = Teller(Limits(connections=1))
    async with served(app) as server:
        wires: list[Wire] = []
        async with asyncio.timeout(5):
            for _ in range(1 + RESERVE):
                reader, writer = await asyncio.open_connection(*server.servers[0].sockets[0].getsockname())
                wires.append(Wire(reader, writer))
                path = b"held" if len(wires) == 1 else b"livez"
                await wires[-1].send(b"POST /%s HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\n\r\nping" % path)
                await wires[-1].answer() if len(wires) > 1 else await app.begun.acquire()
            # those of the reserve wait for their clients again: they make room
            async with dialed(server) as wire:
                await wire.send(GET % b"livez")
                assert (await wire.answer())[0] == 200
        assert app.connections.closed["shed"] > 0
        app.let_go.set()
        for each in wires:
            each.writer.close()


@on_uvloop
async def test_running_out_of_descriptors_is_logged_once(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none_left(*_: object) -> int:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr("os.open", none_left)
    connections = Connections(Limits(connections=99))
    for now in range(1000):
        connections.sweep(now)
    assert [record.message for record in caplog.records] == [
        "no file descriptors are left, with 99 connections at most: raise the limit of open files"
    ]
