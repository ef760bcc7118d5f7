"""A host that goes in the midst of its words: the tunnel ends, and so does what was behind it."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import dataclass, field

import pytest

from harness.virtual.transport.stream import AsyncioStream, Stream
from harness.virtual.transport.tunnel import Tunnel, TunnelAddresses
from harness.wire.cdtunnel import TunnelDecoder, TunnelRequest
from harness.wire.ip6 import Ip6Decoder
from harness.wire.tcp6 import TcpFlag, TcpSegment, decode_segment, encode_segment
from tests.wire.tcp_host import HOST, HOST_PORT, MTU_BYTES, PHONE, PORT

ACK, SYN = TcpFlag.ACK, TcpFlag.SYN
SAID = b"hello"


@dataclass
class Behind:
    """The one service behind the tunnel: it sends back what it hears.

    Attributes:
        begun: how many clients came.
        ended: how many it is done with.
        heard: what they said.
    """

    begun: int = 0
    ended: int = 0
    heard: bytearray = field(default_factory=bytearray)

    async def serve(self, stream: Stream) -> None:
        self.begun += 1
        try:
            while data := await stream.read():
                self.heard += data
                stream.write(data)
        finally:
            self.ended += 1


class Gone(Exception):
    """The host has said all that it may."""


class Host:
    """The host's end, which may say so many bytes only.

    Args:
        carrier: its end of the connection.
        budget: how many bytes.
    """

    def __init__(self, carrier: socket.socket, budget: int) -> None:
        self._carrier = carrier
        self._budget = budget
        self._loop = asyncio.get_running_loop()
        self._packets = Ip6Decoder()

    async def talk(self) -> int:
        """Open the tunnel and a connection, say something and hear it back; how many bytes that took."""
        granted = self._budget
        await self._say(TunnelRequest(MTU_BYTES).encode())
        decoder = TunnelDecoder()
        while decoder.take() is None:
            decoder.push(await self._loop.sock_recv(self._carrier, 4096))
        await self._say(self._segment(SYN, 77, 0))
        answer = await self._hear(decoder.rest())
        expected = answer.sequence + 1
        await self._say(self._segment(ACK, 78, expected) + self._segment(ACK, 78, expected, SAID))
        while (await self._hear()).data != SAID:
            pass
        return granted - self._budget

    def _segment(self, flags: TcpFlag, sequence: int, expected: int, data: bytes = b"") -> bytes:
        segment = TcpSegment(HOST_PORT, PORT, sequence, expected, flags, 0xFFFF, data)
        return encode_segment(segment, HOST, PHONE)

    async def _say(self, data: bytes) -> None:
        said = data[: self._budget]
        self._budget -= len(said)
        await self._loop.sock_sendall(self._carrier, said)
        if len(said) < len(data):
            raise Gone

    async def _hear(self, data: bytes = b"") -> TcpSegment:
        while not (packets := self._packets.feed(data)):
            data = await self._loop.sock_recv(self._carrier, 4096)
        return decode_segment(packets[0])


async def session(budget: int) -> tuple[int, Behind]:
    """One host that says so many bytes and goes; how many it said in a whole talk, and what it met."""
    ours, theirs = socket.socketpair()
    theirs.setblocking(False)
    behind, said = Behind(), 0
    stream = AsyncioStream(*await asyncio.open_connection(sock=ours))
    listener = {PORT: behind.serve}.get
    tunnel = asyncio.create_task(Tunnel(stream, TunnelAddresses(HOST, PHONE), listener, PORT).serve())
    try:
        said = await Host(theirs, budget).talk()
    except Gone:
        pass
    finally:
        theirs.close()
    await asyncio.wait_for(tunnel, 10)
    stream.close()
    return said, behind


def whole() -> int:
    """How many bytes a host says in a whole talk."""
    said, behind = asyncio.run(session(10_000))
    assert bytes(behind.heard) == SAID
    return said


@pytest.mark.parametrize("part", range(8))
def test_a_host_that_goes_at_any_byte_leaves_nothing_behind(part: int) -> None:
    async def main() -> None:
        for budget in range(part, size, 8):
            _, behind = await session(budget)
            assert behind.begun == behind.ended

    size = whole()
    assert size > 200
    asyncio.run(main())
