"""Connections that do not get on, over real sockets."""

from __future__ import annotations

import asyncio
import resource
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, contextmanager
from threading import Event, Thread
from time import sleep

import httpx
import pytest
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import PlainTextResponse, StreamingResponse

from pages.shared.connections import MOST, Deadlines, serving_config
from tests.conftest import PATIENCE, PROJECT, free_port

HEAD = b"GET / HTTP/1.1\r\nHost: here\r\n"
SOON = Deadlines(head=0.3, body=0.3, rest=0.3, fetched=0.3)
NEVER = Deadlines(head=PATIENCE, body=PATIENCE, rest=PATIENCE, fetched=PATIENCE)
WHOLE = 50 * 2**20  # bytes; no buffer has room for it


async def beats() -> AsyncIterator[bytes]:
    """An answer without end, as the chat page has one as long as it is open."""
    while True:
        yield b"beat"
        await asyncio.sleep(0.1)


def answering(ended: Event) -> FastAPI:
    web = FastAPI()

    @web.get("/")
    def page() -> PlainTextResponse:
        return PlainTextResponse("here")

    @web.post("/")
    async def form(request: Request) -> PlainTextResponse:
        return PlainTextResponse(str(len(await request.body())))

    @web.post("/refused")
    async def refused() -> PlainTextResponse:
        return PlainTextResponse("no", 413)

    @web.get("/large")
    async def large() -> StreamingResponse:
        async def pieces() -> Iterator[bytes]:  # type: ignore[misc]
            try:
                for _ in range(WHOLE // 2**16):
                    yield b"x" * 2**16
            finally:
                ended.set()

        return StreamingResponse(pieces())

    @web.get("/open")
    async def stays_open() -> StreamingResponse:
        return StreamingResponse(beats())

    @web.get("/slow")
    async def slow() -> PlainTextResponse:
        await asyncio.sleep(4 * SOON.head)
        return PlainTextResponse("at last")

    return web


@contextmanager
def served(deadlines: Deadlines, most: int = MOST, ended: Event | None = None) -> Iterator[int]:
    port = free_port()
    config = serving_config(answering(ended or Event()), "127.0.0.1", port, most=most, deadlines=deadlines, farewell=1)
    server = uvicorn.Server(config)
    thread = Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            sleep(0.01)
        yield port
    finally:
        server.should_exit = True
        thread.join()


def connect(port: int, sent: bytes = b"") -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
    connection.sendall(sent)
    return connection


def read(connection: socket.socket) -> bytes:
    """What comes until the other side closes."""
    with connection:
        return b"".join(iter(lambda: connection.recv(2**16), b""))


def dribble(connection: socket.socket) -> None:
    """Send letter by letter, as long as somebody takes them."""
    while True:
        connection.sendall(b"x")
        sleep(SOON.head / 10)


def honest(port: int) -> str:
    return httpx.get(f"http://127.0.0.1:{port}/", timeout=PATIENCE).text


@pytest.mark.parametrize("sent", [b"", b"GET / HT", HEAD, HEAD + b"X: "])
def test_a_connection_without_a_whole_head_is_closed(sent: bytes) -> None:
    with served(SOON) as port:
        assert read(connect(port, sent)) == b""


def test_one_that_sends_its_head_letter_by_letter_is_closed_too() -> None:
    with served(SOON) as port, connect(port, HEAD) as connection, pytest.raises(OSError, match=r"."):
        dribble(connection)


def test_so_is_the_head_of_a_second_request() -> None:
    with served(SOON) as port:
        connection = connect(port, HEAD + b"\r\n")
        assert b"here" in connection.recv(2**16)
        connection.sendall(HEAD)
        assert read(connection) == b""


def test_a_connection_without_a_whole_body_is_closed_however_slowly_it_comes() -> None:
    with served(SOON) as port:
        assert read(connect(port, b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 100\r\n\r\nx")) == b""
        with (
            connect(port, b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 1000\r\n\r\n") as connection,
            pytest.raises(OSError, match=r"."),
        ):
            dribble(connection)


def test_a_large_body_has_more_time_than_a_small_one() -> None:
    size = 64 * 2**10
    with served(Deadlines(body=0.1, bytes_a_second=size // PATIENCE)) as port:
        connection = connect(port, b"POST / HTTP/1.1\r\nHost: here\r\nConnection: close\r\n")
        connection.sendall(f"Content-Length: {size}\r\n\r\n".encode())
        sleep(0.5)
        connection.sendall(b"x" * size)
        assert read(connection).endswith(str(size).encode())


def test_a_body_that_was_refused_does_not_keep_its_connection() -> None:
    with served(SOON) as port:
        connection = connect(port, b"POST /refused HTTP/1.1\r\nHost: here\r\nContent-Length: 1000000\r\n\r\nx")
        assert b"413" in read(connection).splitlines()[0]


def test_an_answer_that_takes_its_time_is_awaited() -> None:
    with served(SOON) as port:
        assert httpx.get(f"http://127.0.0.1:{port}/slow", timeout=PATIENCE).text == "at last"


def test_who_does_not_fetch_an_answer_is_let_go_and_who_does_has_all_of_it() -> None:
    ended = Event()
    with served(SOON, ended=ended) as port, connect(port, b"GET /large HTTP/1.1\r\nHost: here\r\n\r\n"):
        assert ended.wait(PATIENCE)
        assert len(httpx.get(f"http://127.0.0.1:{port}/large", timeout=PATIENCE).content) == WHOLE


@pytest.mark.parametrize("sent", [b"", HEAD, b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 100\r\n\r\nx"])
def test_among_hundreds_of_connections_that_do_not_get_on_a_request_is_answered(sent: bytes) -> None:
    with served(NEVER, most=64) as port, ExitStack() as stack:
        for number in range(600):
            stack.enter_context(connect(port, sent))
            if number % 50 == 49:
                assert honest(port) == "here"
        assert honest(port) == "here"


def test_a_connection_from_elsewhere_is_not_what_makes_room() -> None:
    with served(NEVER, most=16) as port, ExitStack() as stack:
        elsewhere = socket.create_connection(("127.0.0.1", port), PATIENCE, source_address=("127.0.0.9", 0))
        elsewhere.sendall(HEAD)
        for _ in range(100):
            stack.enter_context(connect(port, HEAD))
        elsewhere.sendall(b"Connection: close\r\n\r\n")
        assert read(elsewhere).endswith(b"here")


def test_a_server_stops_though_a_page_is_open_and_not_when_somebody_closes_it() -> None:
    with ExitStack() as stack:
        with served(NEVER) as port:
            page = stack.enter_context(connect(port, b"GET /open HTTP/1.1\r\nHost: here\r\n\r\n"))
            while b"beat" not in page.recv(2**16):
                pass
        assert b"beat" in read(page)  # it went on, and was closed there


def test_an_upgrade_is_answered_as_a_request_without_one() -> None:
    with served(SOON) as port:
        sent = HEAD + b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n\r\n"
        assert b"here" in connect(port, sent).recv(2**16)


@pytest.mark.servers
@pytest.mark.parametrize("allowed", [256, 1024, 8192])
def test_a_process_has_half_as_many_connections_as_it_may_open_files(allowed: int) -> None:
    counting = "from pages.shared.connections import connections_possible as c; print(c())"
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < allowed:
        pytest.skip(f"this machine lets a process open at most {hard} files")

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(256, allowed), allowed))

    ran = subprocess.run(
        [sys.executable, "-c", counting], preexec_fn=limit, cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert int(ran.stdout) == min(MOST, allowed // 2)
