"""Requests as bytes: which are taken, and what is answered to the others."""

import asyncio
from typing import Any

import pytest

from server.runtime.protocol_errors import HEAD_LIMIT, MOST_HEADERS
from server.runtime.uvicorn_protocol import PIECE
from tests.server.wire import Teller, dialed, on_uvloop, served, wired

GET = b"GET /%s HTTP/1.1\r\nhost: x\r\n\r\n"
POST = b"POST /x HTTP/1.1\r\nhost: x\r\n%s\r\n"
LENGTH = b"content-length: 4\r\n"
CHUNKED = b"transfer-encoding: chunked\r\n"
BODIES = {"length": (LENGTH, b"ping"), "chunked": (CHUNKED, b"2\r\npi\r\n2\r\nng\r\n0\r\n\r\n")}
OFFERS = {
    "h2c": b"connection: Upgrade, HTTP2-Settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n",
    "websocket": b"connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    b"sec-websocket-version: 13\r\n",
    "TLS": b"upgrade: TLS/1.2, HTTP/2.0\r\nconnection: Upgrade\r\n",
}


def code_of(body: Any) -> str:
    return str(body["errors"][0]["extensions"]["code"])


@pytest.mark.parametrize("segments", ["one", "two", "bytes"])
@pytest.mark.parametrize("framing", BODIES)
@pytest.mark.parametrize("offer", OFFERS)
@on_uvloop
async def test_an_offered_upgrade_is_ignored_and_the_body_is_read(offer: str, framing: str, segments: str) -> None:
    header, body = BODIES[framing]
    head = POST % (OFFERS[offer] + header)
    async with wired(Teller()) as wire:
        for _ in range(2):  # the connection serves the next request
            if segments == "one":
                await wire.send(head + body)
            elif segments == "two":
                await wire.send(head, body)
            else:
                for byte in head + body:
                    wire.writer.write(bytes([byte]))
                    await asyncio.sleep(0)
            status, headers, told = await wire.answer()
            assert (status, told["method"], told["body"]) == (200, "POST", "ping")
            assert "connection" not in headers
            assert "upgrade" not in dict(told["headers"])


@on_uvloop
async def test_pipelined_offers_are_answered_in_their_order() -> None:
    async with wired(Teller()) as wire:
        await wire.send(
            b"".join(
                POST % (OFFERS["h2c"] + LENGTH) + b"%4d" % number + GET % (b"%d" % number) for number in range(200)
            )
        )
        for number in range(200):
            assert (await wire.answer())[2]["body"] == f"{number:4}"
            assert (await wire.answer())[2]["path"] == f"/{number}"


@pytest.mark.parametrize(
    ("status", "code", "begun"),
    [(431, "HEADERS_TOO_LARGE", b"GET / HTTP/1.1\r\nx: "), (414, "ADDRESS_TOO_LONG", b"GET /")],
)
@on_uvloop
async def test_a_head_without_end_is_refused_as_soon_as_it_is_too_large(status: int, code: str, begun: bytes) -> None:
    async with wired(Teller()) as wire:
        await wire.send(begun + b"a" * (HEAD_LIMIT + 2 * PIECE))
        given, headers, body = await wire.answer()
        assert (given, code_of(body), headers["connection"]) == (status, code, "close")
        assert await wire.is_closed()


@on_uvloop
async def test_line_breaks_without_a_request_are_refused() -> None:
    async with wired(Teller()) as wire:
        await wire.send(b"\r\n" * HEAD_LIMIT)
        assert (await wire.answer())[0] == 431
        assert await wire.is_closed()


@pytest.mark.parametrize("segments", [1, 3])
@pytest.mark.parametrize("excess", [0, 1])
@pytest.mark.parametrize("where", ["address", "one header", "many headers"])
@on_uvloop
async def test_a_head_of_64_kib_is_taken_and_one_byte_more_is_not(where: str, excess: int, segments: int) -> None:
    used = len("/") + len("host") + len("x") + len(": \r\n") + len("x") + len(": \r\n")
    room = HEAD_LIMIT - used + excess
    match where:
        case "address":
            head = b"GET /" + b"a" * room + b" HTTP/1.1\r\nhost: x\r\nx: \r\n\r\n"
        case "one header":
            head = b"GET / HTTP/1.1\r\nhost: x\r\nx: " + b"a" * room + b"\r\n\r\n"
        case _:
            lines = b"".join(b"y: " + b"a" * 995 + b"\r\n" for _ in range(50))
            head = b"GET / HTTP/1.1\r\nhost: x\r\n" + lines + b"x: " + b"a" * (room - 50 * 1000) + b"\r\n\r\n"
    third = len(head) // segments + 1
    async with wired(Teller()) as wire:
        await wire.send(*(head[at : at + third] for at in range(0, len(head), third)))
        status, headers, body = await wire.answer()
        if excess:
            assert (status, code_of(body)) == (
                (414, "ADDRESS_TOO_LONG") if where == "address" else (431, "HEADERS_TOO_LARGE")
            )
            assert headers["connection"] == "close"
            assert await wire.is_closed()
        else:
            assert status == 200


@pytest.mark.parametrize(("count", "status"), [(MOST_HEADERS, 200), (MOST_HEADERS + 1, 431)])
@on_uvloop
async def test_headers_are_counted(count: int, status: int) -> None:
    async with wired(Teller()) as wire:
        await wire.send(b"GET / HTTP/1.1\r\nhost: x\r\n" + b"a:\r\n" * (count - 1) + b"\r\n")
        assert (await wire.answer())[0] == status


@pytest.mark.parametrize("endless", [b"4;", b"4\r\nping\r\n0\r\nx: ", b"4\r\nping\r\n0;x=", b"4\r\nping\r\n0\r\n"])
@on_uvloop
async def test_chunk_extensions_and_trailers_without_end_are_refused(endless: bytes) -> None:
    more = b"a: b\r\n" * 1000 if endless.endswith(b"0\r\n") else b"a" * 6000
    app = Teller()
    async with wired(app) as wire:
        await wire.send(POST % CHUNKED + endless + more * 20)
        status, headers, body = await wire.answer()
        assert (status, code_of(body), headers["connection"]) == (400, "BAD_REQUEST", "close")
        assert await wire.is_closed()
    assert app.ends == ["hung up"]


@pytest.mark.parametrize(("size", "status"), [(HEAD_LIMIT, 200), (HEAD_LIMIT + 2 * PIECE, 400)])
@pytest.mark.parametrize("begun", [b"4;", b"4\r\nping\r\n0;"])
@on_uvloop
async def test_64_kib_of_a_chunk_extension_are_taken_and_96_are_not(begun: bytes, size: int, status: int) -> None:
    end = b"\r\nping\r\n0\r\n\r\n" if begun == b"4;" else b"\r\n\r\n"
    async with wired(Teller()) as wire:
        await wire.send(POST % CHUNKED + begun + b"a" * size + end)
        assert (await wire.answer())[0] == status


@on_uvloop
async def test_trailers_are_headers_neither_of_their_request_nor_of_the_next() -> None:
    trailers = b"0\r\nauthorization: Bearer x\r\nx-forwarded-for: 1.2.3.4\r\n\r\n"
    async with wired(Teller()) as wire:
        await wire.send(POST % CHUNKED + b"4;name=value\r\nping\r\n" + trailers + GET % b"next")
        for path in ("/x", "/next"):
            _, _, told = await wire.answer()
            assert told["path"] == path
            assert {name for name, _ in told["headers"]} <= {"host", "transfer-encoding"}


@pytest.mark.parametrize("chunk", [1, 7, 1000])
@on_uvloop
async def test_a_body_in_many_chunks_is_put_together(chunk: int) -> None:
    size = 50_000 // chunk * chunk
    chunks = (b"%x\r\n" % chunk + b"a" * chunk + b"\r\n") * (size // chunk)
    async with wired(Teller()) as wire:
        await wire.send(POST % CHUNKED + chunks + b"0\r\n\r\n")
        assert len((await wire.answer())[2]["body"]) == size


MALFORMED = {
    "length and chunked": POST % (LENGTH + CHUNKED) + b"0\r\n\r\n",
    "chunked and length": POST % (CHUNKED + LENGTH) + b"0\r\n\r\n",
    "two lengths": POST % (LENGTH + b"content-length: 5\r\n") + b"pingx",
    "two equal lengths": POST % (LENGTH + LENGTH) + b"ping",
    "a list of lengths": POST % b"content-length: 4, 4\r\n" + b"ping",
    "a signed length": POST % b"content-length: +4\r\n" + b"ping",
    "a negative length": POST % b"content-length: -4\r\n" + b"ping",
    "a hexadecimal length": POST % b"content-length: 0x4\r\n" + b"ping",
    "an empty length": POST % b"content-length: \r\n" + b"ping",
    "a length beyond 64 bits": POST % b"content-length: 18446744073709551620\r\n" + b"ping",
    "chunked before another coding": POST % b"transfer-encoding: chunked, identity\r\n" + b"0\r\n\r\n",
    "an unknown coding": POST % b"transfer-encoding: xchunked\r\n" + b"0\r\n\r\n",
    "a coding behind a vertical tab": POST % b"transfer-encoding:\x0bchunked\r\n" + b"0\r\n\r\n",
    "chunked twice": POST % (CHUNKED + CHUNKED) + b"0\r\n\r\n",
    "a coding before chunked": POST % b"transfer-encoding: gzip, chunked\r\n" + b"0\r\n\r\n",
    "an unknown coding before chunked": POST % b"transfer-encoding: foo,chunked\r\n" + b"0\r\n\r\n",
    "codings in two lines": POST % (b"transfer-encoding: deflate\r\n" + CHUNKED) + b"0\r\n\r\n",
    "an empty coding before chunked": POST % b"transfer-encoding: ,chunked\r\n" + b"0\r\n\r\n",
    "chunked in HTTP/1.0": (POST % CHUNKED).replace(b"1.1", b"1.0") + b"0\r\n\r\n",
    "line feeds alone": b"GET / HTTP/1.1\nhost: x\n\n",
    "a line feed alone in a header": b"GET / HTTP/1.1\r\nhost: x\nx: y\r\n\r\n",
    "a carriage return alone": b"GET / HTTP/1.1\r\nhost: x\rx: y\r\n\r\n",
    "a blank before the colon": b"GET / HTTP/1.1\r\nhost : x\r\n\r\n",
    "a folded header": b"GET / HTTP/1.1\r\nhost: x\r\nx: a\r\n b\r\n\r\n",
    "a header that begins with a blank": b"GET / HTTP/1.1\r\n host: x\r\n\r\n",
    "a header without a name": b"GET / HTTP/1.1\r\nhost: x\r\n: x\r\n\r\n",
    "a header without a colon": b"GET / HTTP/1.1\r\nhost: x\r\nxyz\r\n\r\n",
    "NUL in a header": b"GET / HTTP/1.1\r\nhost: x\r\nx: a\x00b\r\n\r\n",
    "NUL in the path": b"GET /a\x00b HTTP/1.1\r\nhost: x\r\n\r\n",
    "a byte beyond ASCII in the path": b"GET /\xe9 HTTP/1.1\r\nhost: x\r\n\r\n",
    "no host": b"GET / HTTP/1.1\r\n\r\n",
    "two hosts": b"GET / HTTP/1.1\r\nhost: x\r\nhost: y\r\n\r\n",
    "a host with a user": b"GET / HTTP/1.1\r\nhost: evil@localhost\r\n\r\n",
    "a host with a port that is none": b"GET / HTTP/1.1\r\nhost: localhost:evil\r\n\r\n",
    "a host with a blank": b"GET / HTTP/1.1\r\nhost: evil .localhost\r\n\r\n",
    "a host with a backslash": b"GET / HTTP/1.1\r\nhost: evil\\.localhost\r\n\r\n",
    "a host with a path": b"GET / HTTP/1.1\r\nhost: localhost/x\r\n\r\n",
    "a host beyond ASCII": b"GET / HTTP/1.1\r\nhost: \xe9.localhost\r\n\r\n",
    "a list of hosts": b"GET / HTTP/1.1\r\nhost: localhost, [::1\r\n\r\n",
    "an empty host": b"GET / HTTP/1.1\r\nhost:\r\n\r\n",
    "an escaped host": b"GET / HTTP/1.1\r\nhost: %61\r\n\r\n",
    "a port alone": b"GET / HTTP/1.1\r\nhost: :80\r\n\r\n",
    "a port that is too large": b"GET / HTTP/1.1\r\nhost: 127.0.0.1:99999\r\n\r\n",
    "any host": b"GET / HTTP/1.1\r\nhost: *\r\n\r\n",
    "a dot as host": b"GET / HTTP/1.1\r\nhost: .\r\n\r\n",
    "two hosts in one": b"GET / HTTP/1.1\r\nhost: a,b\r\n\r\n",
    "an empty label": b"GET / HTTP/1.1\r\nhost: a..b\r\n\r\n",
    "an IPv6 address that is none": b"GET / HTTP/1.1\r\nhost: [::1::]\r\n\r\n",
    "a target with a user": b"GET http://evil@localhost/ HTTP/1.1\r\nhost: x\r\n\r\n",
    "HTTP/1.2": b"GET / HTTP/1.2\r\nhost: x\r\n\r\n",
    "a fragment": b"GET /graphql#x HTTP/1.1\r\nhost: x\r\n\r\n",
    "an unknown method": b"FETCH / HTTP/1.1\r\nhost: x\r\n\r\n",
    "a method in lower case": b"get / HTTP/1.1\r\nhost: x\r\n\r\n",
    "a preface of HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "a chunk size that is no number": POST % CHUNKED + b"x\r\nping\r\n0\r\n\r\n",
    "a negative chunk size": POST % CHUNKED + b"-4\r\nping\r\n0\r\n\r\n",
    "a chunk size beyond 64 bits": POST % CHUNKED + b"fffffffffffffffff\r\nping\r\n0\r\n\r\n",
    "a chunk size after a blank": POST % CHUNKED + b" 4\r\nping\r\n0\r\n\r\n",
    "a chunk size before a blank": POST % CHUNKED + b"4 \r\nping\r\n0\r\n\r\n",
    "a chunk longer than its size": POST % CHUNKED + b"3\r\nping\r\n0\r\n\r\n",
    "a chunk that ends in a line feed": POST % CHUNKED + b"4\r\nping\n0\r\n\r\n",
    "a chunk size that ends in a line feed": POST % CHUNKED + b"4\nping\r\n0\r\n\r\n",
    "a chunk extension with a line feed": POST % CHUNKED + b"4;a\nping\r\n0\r\n\r\n",
    "more than the content-length": POST % LENGTH + b"ping" + b"pong",
    "HTTP/0.9": b"GET /\r\n",
    "HTTP/2.0": b"GET / HTTP/2.0\r\nhost: x\r\n\r\n",
}
STATUSES = {"HTTP/2.0": 505, "HTTP/1.2": 505, "an unknown method": 405}
CODES = {405: "METHOD_NOT_ALLOWED", 505: "HTTP_VERSION_NOT_SUPPORTED"}


@pytest.mark.parametrize("name", MALFORMED)
@on_uvloop
async def test_what_is_no_request_is_refused_and_closed_and_nothing_after_it_is_answered(name: str) -> None:
    app = Teller()
    async with wired(app) as wire:
        await wire.send(MALFORMED[name] + GET % b"smuggled")
        status, headers, body = await wire.answer()
        if name == "more than the content-length":
            assert (status, body["body"]) == (200, "ping")
            status, headers, body = await wire.answer()
        assert status == STATUSES.get(name, 400)
        assert code_of(body) == CODES.get(status, "BAD_REQUEST")
        assert headers["connection"] == "close"
        assert await wire.is_closed()
    assert "answered" not in app.ends or name == "more than the content-length"


@on_uvloop
async def test_connect_is_405() -> None:
    async with wired(Teller()) as wire:
        await wire.send(b"CONNECT example.org:443 HTTP/1.1\r\nhost: example.org\r\n\r\n")
        status, headers, body = await wire.answer()
        assert (status, code_of(body)) == (405, "METHOD_NOT_ALLOWED")
        assert headers["allow"] == "GET, HEAD, POST"
        assert await wire.is_closed()


@pytest.mark.parametrize(
    ("target", "path"),
    [
        (b"http://elsewhere.example/a?b", "/a"),
        (b"/a%2Fb", "/a/b"),
        (b"/a%00b", "/a\x00b"),
        (b"//a", "//a"),
        (b"/../a", "/../a"),
    ],
)
@on_uvloop
async def test_unusual_targets_are_paths_as_they_stand(target: bytes, path: str) -> None:
    async with wired(Teller()) as wire:
        await wire.send(b"GET " + target + b" HTTP/1.1\r\nhost: x\r\n\r\n")
        status, _, told = await wire.answer()
        assert (status, told["path"]) == (200, path)


@pytest.mark.parametrize("version", [b"1.1", b"1.0"])
@pytest.mark.parametrize("host", [b"elsewhere.example", b"elsewhere.example:81", b"[2001:db8::1]:81"])
@on_uvloop
async def test_an_absolute_target_says_the_host_whatever_the_header_says(host: bytes, version: bytes) -> None:
    async with wired(Teller()) as wire:
        await wire.send(b"GET http://" + host + b"/a HTTP/" + version + b"\r\nhost: localhost\r\n\r\n")
        status, _, told = await wire.answer()
        assert (status, told["path"]) == (200, "/a")
        assert told["headers"] == [["host", host.decode()]]


@pytest.mark.parametrize("host", [b"x", b"a_b.example:80", b"localhost:", b"[::1]:8000", b"xn--e1a4c", b"a.example."])
@on_uvloop
async def test_a_host_that_can_be_one_is_taken(host: bytes) -> None:
    async with wired(Teller()) as wire:
        await wire.send(b"GET /a HTTP/1.1\r\nhost: " + host + b"\r\n\r\n")
        assert (await wire.answer())[0] == 200


@pytest.mark.parametrize("blanks", [b" ", b"\t", b" \t "])
@on_uvloop
async def test_blanks_around_a_value_are_no_part_of_it(blanks: bytes) -> None:
    sent = {b"host": b"x", b"content-length": b"4", b"x-other": b"a b"}
    head = b"".join(name + b":" + blanks + value + blanks + b"\r\n" for name, value in sent.items())
    async with wired(Teller()) as wire:
        await wire.send(b"POST / HTTP/1.1\r\n" + head + b"\r\nping")
        status, _, told = await wire.answer()
        assert (status, told["body"]) == (200, "ping")
        assert told["headers"] == [[name.decode(), value.decode()] for name, value in sent.items()]


@on_uvloop
async def test_what_follows_a_request_is_refused_after_its_answer() -> None:
    app = Teller()
    async with wired(app) as wire:
        await wire.send(GET % b"held" + GET % b"second" + b"nonsense\r\n\r\n")
        await app.begun.acquire()
        app.let_go.set()
        assert [(await wire.answer())[0] for _ in range(3)] == [200, 200, 400]
        assert await wire.is_closed()


@on_uvloop
async def test_a_queued_request_that_breaks_is_refused_in_its_turn() -> None:
    app = Teller()
    async with wired(app) as wire:
        await wire.send(GET % b"held" + POST % CHUNKED + b"x\r\n")
        await app.begun.acquire()
        app.let_go.set()
        assert [(await wire.answer())[0] for _ in range(2)] == [200, 400]
        assert await wire.is_closed()
    assert app.ends == ["answered"]


@on_uvloop
async def test_thousands_of_pipelined_requests_are_answered_and_never_all_parsed_at_once() -> None:
    app, request = Teller(), GET % b"held"
    async with served(app) as server, dialed(server) as wire:
        sending = asyncio.create_task(wire.send(request * 10_000))
        await app.begun.acquire()
        await asyncio.sleep(0.2)
        [connection] = server.server_state.connections
        assert 0 < len(connection.pipeline) <= PIECE // len(request) + 1  # type: ignore[union-attr]
        app.let_go.set()
        for _ in range(10_000):
            assert (await wire.answer())[0] == 200
        await sending


@on_uvloop
async def test_a_body_that_is_not_waited_for_is_dropped_and_the_connection_serves_on() -> None:
    async with wired(Teller()) as wire:
        await wire.send(b"POST /unread HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\n\r\n")
        assert (await wire.answer())[0] == 200
        await wire.send(b"ping" + GET % b"next")
        assert (await wire.answer())[2]["path"] == "/next"


@pytest.mark.parametrize("path", [b"x", b"unread"])
@on_uvloop
async def test_a_client_that_waits_to_continue_keeps_its_connection_only_if_it_was_told_to(path: bytes) -> None:
    head = b"POST /%s HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\nexpect: 100-continue\r\n\r\n" % path
    async with wired(Teller()) as wire:
        await wire.send(head)
        status, headers, _ = await wire.answer()
        if path == b"unread":
            assert (status, headers["connection"]) == (200, "close")
            assert await wire.is_closed()
        else:
            assert status == 100
            await wire.send(b"ping")
            status, headers, told = await wire.answer()
            assert (status, told["body"]) == (200, "ping")
            assert "connection" not in headers
            await wire.send(GET % b"next")
            assert (await wire.answer())[0] == 200


@on_uvloop
async def test_a_half_closed_connection_has_hung_up() -> None:
    app = Teller()
    async with wired(app) as wire:
        await wire.send(b"POST /x HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\n\r\npi")
        await app.begun.acquire()
        wire.writer.write_eof()
        assert await wire.is_closed()
    assert app.ends == ["hung up"]
