"""A name that a phone asks for at the origin's name server, and what it makes of losing it."""

from __future__ import annotations

import asyncio
import socket
from typing import cast

import pytest

from harness.origin.names import NameServer
from harness.virtual.kernel.network.resolver import address_of
from harness.wire.dns import Code, Question, encode_answer, encode_question, parse_answer


async def refused(name: str) -> int:
    with pytest.raises(socket.gaierror) as caught:
        await address_of(name)
    return int(caught.value.errno or 0)


def test_a_name_is_found_until_it_is_lost_and_found_again() -> None:
    async def story() -> None:
        server = NameServer("127.0.0.1")
        await server.start()
        name = server.name
        assert await address_of(name.upper()) == "127.0.0.1"
        server.knows = False
        assert await refused(name) == socket.EAI_NONAME
        server.knows = True
        assert await address_of(name) == "127.0.0.1"
        assert server.asked == 3
        assert await refused(name.replace("origin-", "other-")) == socket.EAI_NONAME
        server.stop()
        assert await refused(name) == socket.EAI_AGAIN

    asyncio.run(story())


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "origin.harness.test", "origin-1.harness.test.x"])
def test_whatever_is_not_delegated_is_the_hosts_affair(host: str) -> None:
    assert asyncio.run(address_of(host)) == host


def test_a_port_that_is_none_is_no_name() -> None:
    assert asyncio.run(refused("origin-99999.harness.test")) == socket.EAI_AGAIN


class Confused(asyncio.DatagramProtocol):
    """A server whose answers are to another question."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # Not checked: up to Python 3.11 asyncio's own is no ``DatagramTransport`` by its class.
        self.transport = cast("asyncio.DatagramTransport", transport)
        self.answered = 0

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        other = Question(parse_number(data) ^ 1, "other.test")
        self.transport.sendto(encode_answer(other, Code.NO_ERROR, "192.0.2.7"), addr)
        self.answered += 1


def parse_number(data: bytes) -> int:
    return int.from_bytes(data[:2], "big")


def test_an_answer_to_another_question_is_none() -> None:
    async def story() -> None:
        loop = asyncio.get_running_loop()
        transport, server = await loop.create_datagram_endpoint(Confused, local_addr=("127.0.0.1", 0))
        port = transport.get_extra_info("sockname")[1]
        assert await refused(f"origin-{port}.harness.test") == socket.EAI_AGAIN
        assert server.answered > 0
        transport.close()

    asyncio.run(story())


def test_the_name_server_answers_what_it_understands_and_nothing_else() -> None:
    async def story() -> None:
        server = NameServer("127.0.0.1")
        await server.start()
        port = int(server.name.partition("-")[2].partition(".")[0])
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.setblocking(False)
            loop = asyncio.get_running_loop()
            await loop.sock_sendto(client, b"nonsense", ("127.0.0.1", port))
            await loop.sock_sendto(client, encode_question(Question(7, server.name, 28)), ("127.0.0.1", port))
            answer = parse_answer(await asyncio.wait_for(loop.sock_recv(client, 512), 10))
            assert (answer.number, answer.code, answer.addresses) == (7, Code.NO_ERROR, ())
        server.stop()

    asyncio.run(story())
