"""A name for the origin, which can be taken away: a DNS server that knows one name, or no more.

Only phones that ask it can lose the name. A virtual phone does, because the name says where: it asks for
``origin-5301.harness.test`` at UDP port 5301 of this host, as a real one asks the DNS server that its Wi-Fi
names. (``test`` is kept free of real names for such purposes: RFC 6761 §6.2.)
"""

from __future__ import annotations

import asyncio
from typing import cast

from harness.errors import PreconditionError, WireError
from harness.wire.dns import ADDRESS, Code, Question, encode_answer, parse_question

ZONE = "harness.test"
"""What the names of origins end in."""


class NameServer(asyncio.DatagramProtocol):
    """Answers for one name.

    Args:
        address: IPv4 address that the name stands for, and at which questions are answered.

    Attributes:
        knows: whether the name is known; where not, the answer is that there is no such name.
        asked: how often the name was asked for.
    """

    def __init__(self, address: str) -> None:
        self._address = address
        self._transport: asyncio.DatagramTransport | None = None
        self.knows = True
        self.asked = 0

    async def start(self) -> None:
        """Answer from now on; a second call does nothing.

        Raises:
            PreconditionError: no port can be had.
        """
        if self._transport is not None:
            return
        loop = asyncio.get_running_loop()
        try:
            await loop.create_datagram_endpoint(lambda: self, local_addr=(self._address, 0))
        except OSError as error:
            raise PreconditionError(f"no name server on {self._address}: {error.strerror}") from error

    def stop(self) -> None:
        """Answer no more."""
        if self._transport is not None:
            self._transport.close()
            self._transport = None

    @property
    def name(self) -> str:
        """The name.

        Raises:
            PreconditionError: it was not started.
        """
        if self._transport is None:
            raise PreconditionError("the origin has no name yet", fix="Start its name server first.")
        return f"origin-{self._transport.get_extra_info('sockname')[1]}.{ZONE}"

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The port is open."""
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Answer one question; what is none is passed over."""
        try:
            answer = self._answer(parse_question(data))
        except WireError:
            return
        if self._transport is not None:
            self._transport.sendto(answer, addr)

    def _answer(self, question: Question) -> bytes:
        ours = question.name == self.name
        self.asked += ours
        if not (ours and self.knows):
            return encode_answer(question, Code.NO_SUCH_NAME)
        return encode_answer(question, Code.NO_ERROR, self._address if question.kind == ADDRESS else None)
