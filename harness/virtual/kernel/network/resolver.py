"""How a phone finds the address of a name.

A real phone asks the DNS server that its network names. Here the host's resolver stands for that, but for
names such as ``origin-5301.harness.test``: those are asked for at UDP port 5301 of this host, so that whoever
serves there can have a name that phones know, and take it away. That the port stands in the name is the
model's own.
"""

from __future__ import annotations

import asyncio
import re
import secrets
import socket

from harness.errors import WireError
from harness.wire.dns import Code, Question, encode_question, parse_answer

DELEGATED = re.compile(r"[a-z0-9-]+-(\d{1,5})\.harness\.test")
"""Names that are asked for at a port of this host, which they carry."""

SERVER = "127.0.0.1"

ASKED_TIMES = 3
ANSWERED_WITHIN_S = 1.0
"""Wall seconds that each of those questions waits; the server is on this host."""


async def address_of(host: str) -> str:
    """The address of a name that is delegated; any other name or address as it is.

    Raises:
        socket.gaierror: there is no such name, or nobody answers for it.
    """
    delegated = DELEGATED.fullmatch(host.lower())
    if delegated is None:
        return host
    try:
        found = await _ask(host.lower(), int(delegated[1]))
    except (OSError, OverflowError, TimeoutError, WireError) as error:
        raise socket.gaierror(socket.EAI_AGAIN, f"nobody answers for {host}: {error}") from error
    if not found:
        raise socket.gaierror(socket.EAI_NONAME, f"there is no {host}")
    return found[0]


async def _ask(name: str, port: int) -> tuple[str, ...]:
    loop = asyncio.get_running_loop()
    transport, protocol = await loop.create_datagram_endpoint(Asking, remote_addr=(SERVER, port))
    try:
        return await protocol.ask(transport, name)
    finally:
        transport.close()


class Asking(asyncio.DatagramProtocol):
    """One question, put again while nobody answers."""

    def __init__(self) -> None:
        self._answered: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    async def ask(self, transport: asyncio.DatagramTransport, name: str) -> tuple[str, ...]:
        """The addresses of a name; none when there is no such name.

        Raises:
            OSError: nobody listens there.
            TimeoutError: nobody answers.
            WireError: what comes is no answer to it, or says that the server cannot tell.
        """
        question = Question(secrets.randbits(16), name)
        for _ in range(ASKED_TIMES):
            transport.sendto(encode_question(question))
            done, _ = await asyncio.wait({self._answered}, timeout=ANSWERED_WITHIN_S)
            if done:
                return self._addresses(question)
        raise TimeoutError(f"no answer to {ASKED_TIMES} questions")

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """The answer."""
        if not self._answered.done():
            self._answered.set_result(data)

    def error_received(self, exc: Exception) -> None:
        """Nobody listens there."""
        if not self._answered.done():
            self._answered.set_exception(exc)

    def _addresses(self, question: Question) -> tuple[str, ...]:
        answer = parse_answer(self._answered.result())
        if answer.number != question.number or answer.code not in (Code.NO_ERROR, Code.NO_SUCH_NAME):
            raise WireError(f"answer {answer.number} with code {answer.code} to question {question.number}")
        return answer.addresses
