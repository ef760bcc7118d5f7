"""What goes over the wire, apart from what it means."""

from __future__ import annotations

import asyncio
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.virtual.transport.stream import READ_LIMIT_BYTES
from harness.virtual.wda.http import HttpConnection, NotHttp, Request
from tests.virtual.wda.world import Client, World, with_client, with_phone


class Wire:
    """A stream in memory: gives what it was made with, piece by piece, and keeps what is written."""

    def __init__(self, *pieces: bytes) -> None:
        self._pieces = list(pieces)
        self.written: list[bytes] = []

    async def read(self, limit_bytes: int = READ_LIMIT_BYTES) -> bytes:
        return self._pieces.pop(0) if self._pieces else b""

    def write(self, data: bytes) -> None:
        self.written.append(data)

    async def drain(self) -> None:
        await asyncio.sleep(0)


def received(*pieces: bytes) -> list[Request]:
    """The requests in some bytes, each answered."""

    async def main() -> list[Request]:
        http = HttpConnection(Wire(*pieces))  # pyright: ignore[reportArgumentType]
        requests: list[Request] = []
        while (request := await http.receive()) is not None:
            requests.append(request)
            await http.send(200, {})
        return requests

    return asyncio.run(main())


def test_head_and_body_of_an_answer_leave_together() -> None:
    async def main() -> None:
        wire = Wire(b"GET /status HTTP/1.1\r\nHost: a\r\n\r\n")
        http = HttpConnection(wire)  # pyright: ignore[reportArgumentType]
        assert await http.receive() is not None
        await http.send(200, {"value": "ü"})
        (answer,) = wire.written
        head, _, body = answer.partition(b"\r\n\r\n")
        assert json.loads(body) == {"value": "ü"}
        assert b"content-length: %d" % len(body) in head.lower()

    asyncio.run(main())


def test_a_path_is_decoded_part_by_part_and_the_query_apart() -> None:
    (request,) = received(b"GET /session/A%2FB/source?format=json&scope= HTTP/1.1\r\nHost: a\r\n\r\n")
    assert request.path == ("session", "A/B", "source")
    assert request.query == {"format": "json"}


@pytest.mark.parametrize("body", [b"", b"nonsense", b"[1]", b"\xff", b"[" * 5000])
def test_a_body_that_is_no_object_counts_as_an_empty_one(body: bytes) -> None:
    head = b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % len(body)
    (request,) = received(head + body)
    assert request.arguments == {}


@settings(max_examples=30)
@given(st.lists(st.integers(1, 200), max_size=6))
def test_requests_are_the_same_however_their_bytes_arrive(cuts: list[int]) -> None:
    body = json.dumps({"value": "Wi‑Fi"}).encode()
    one = b"POST /a/b HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    whole, pieces = one * 2, list[bytes]()
    for cut in cuts:
        pieces, whole = [*pieces, whole[:cut]], whole[cut:]
    found = received(*[piece for piece in (*pieces, whole) if piece])
    assert found == [Request("POST", ("a", "b"), {}, {"value": "Wi‑Fi"})] * 2


def test_what_is_not_http_is_refused() -> None:
    with pytest.raises(NotHttp):
        received(b"\x00\x01\x02 nonsense\r\n\r\n")


def test_a_client_that_says_it_is_done_is_let_go_after_its_answer() -> None:
    assert len(received(b"GET /status HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")) == 1


def test_a_connection_carries_one_request_after_the_other() -> None:
    async def check(_: World, client: Client) -> None:
        assert [(await client.get("/wda/locked")).value for _ in range(3)] == [False] * 3

    with_client(check)


def test_nonsense_ends_that_connection_and_no_other() -> None:
    async def check(world: World) -> None:
        async with world.connected() as well, world.connected() as ill:
            ill.write(b"\x16\x03\x01 tls?\r\n\r\n")
            with pytest.raises(ConnectionError):
                await ill.next_answer()
            assert (await well.bare("GET", "/status")).status == 200

    with_phone(check)


@pytest.mark.parametrize("path", ["/nope", "/session/A/nope", "/wda/tap", "/element", "/session/A/status"])
def test_a_route_that_there_is_not_is_an_unknown_command(path: str) -> None:
    async def check(world: World) -> None:
        async with world.connected() as client:
            answer = await client.bare("POST", path, {})
            assert (answer.status, answer.error) == (404, "unknown command")
            assert set(answer.value) == {"error", "message", "traceback"}

    with_phone(check)
