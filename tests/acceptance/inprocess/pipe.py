"""A connection in memory: two asyncio transports, each handing what is written to the other's protocol.

What is written is delivered in the next turn of the loop, as a loopback socket would at its soonest. A side
that pauses reading has its bytes wait: some in what stands for the network stack, which the writer is rid of,
and when that is full the writer is told to pause.
"""

from __future__ import annotations

import asyncio
import socket
from collections import deque
from collections.abc import Callable
from typing import Any, cast

STACK_BYTES = 256 * 1024
"""How many bytes the network stack holds for a side that does not read."""

HIGH_WATER_BYTES = 64 * 1024
"""How many bytes may wait at a side that does not read before the writer is paused, unless told else."""


class RawSocket:
    """As much of a socket as aiohttp and the origin ask of one: its options."""

    family = socket.AF_UNIX
    """Not one that aiohttp would set options of TCP on."""

    def __init__(self) -> None:
        self.resets = False

    def setsockopt(self, level: int, option: int, value: object) -> None:
        """Take an option; a linger time of zero makes the end of the connection a reset."""
        if (level, option) == (socket.SOL_SOCKET, socket.SO_LINGER):
            self.resets = True


class PipeEnd(asyncio.Transport):
    """One side.

    Args:
        loop: the loop of both sides.
        protocol: whom this side serves.
        extra: what ``get_extra_info`` tells.
    """

    def __init__(
        self, loop: asyncio.AbstractEventLoop, protocol: asyncio.BaseProtocol, extra: dict[str, Any]
    ) -> None:
        self.raw = RawSocket()
        super().__init__(extra | {"socket": self.raw})
        self._loop = loop
        self._protocol = protocol
        self._other: PipeEnd | None = None
        self._waiting: deque[bytes] = deque()
        self._waiting_bytes = 0
        self._reads = True
        self._is_writable = True
        self._high_bytes, self._low_bytes = HIGH_WATER_BYTES, HIGH_WATER_BYTES // 4
        self._is_due = False
        self._finished = False
        self._closing = False
        self._lost = False

    def join(self, other: PipeEnd) -> None:
        """Become one connection with another side."""
        self._other, other._other = other, self

    # ---- what the protocol of this side asks for

    def get_protocol(self) -> asyncio.BaseProtocol:
        return self._protocol

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self._protocol = protocol

    def is_closing(self) -> bool:
        return self._closing

    def is_reading(self) -> bool:
        return self._reads

    def pause_reading(self) -> None:
        self._reads = False

    def resume_reading(self) -> None:
        self._reads = True
        self._deliver_soon()

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        self._high_bytes = HIGH_WATER_BYTES if high is None else high
        self._low_bytes = self._high_bytes // 4 if low is None else low

    def get_write_buffer_size(self) -> int:
        other = self._other
        return max(0, other._waiting_bytes - STACK_BYTES) if other is not None and not other._reads else 0

    def write(self, data: bytes | bytearray | memoryview) -> None:
        other = self._other
        if self._closing or other is None or other._lost or not data:
            return
        other._waiting.append(bytes(data))
        other._waiting_bytes += len(data)
        other._deliver_soon()
        if self._is_writable and self.get_write_buffer_size() > self._high_bytes:
            self._is_writable = False
            cast("asyncio.Protocol", self._protocol).pause_writing()

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        if self._other is not None:
            self._other._finish()

    def close(self) -> None:
        if not self._closing:
            self._closing = True
            if self._other is not None:
                self._other._finish()
            self._loop.call_soon(self._lose, None)

    def abort(self) -> None:
        if not self._lost:
            self._closing = True
            error = ConnectionResetError("reset by peer") if self.raw.resets else None
            if self._other is not None and not self._other._lost:
                self._loop.call_soon(self._other._cut, error)
            self._loop.call_soon(self._lose, None)

    # ---- what the other side does to this one

    def _deliver_soon(self) -> None:
        if not self._is_due:
            self._is_due = True
            self._loop.call_soon(self._deliver)

    def _deliver(self) -> None:
        self._is_due = False
        while self._waiting and self._reads and not self._lost:
            data = self._waiting.popleft()
            self._waiting_bytes -= len(data)
            cast("asyncio.Protocol", self._protocol).data_received(data)
        if self._other is not None and self._waiting_bytes <= self._other._low_bytes + STACK_BYTES:
            self._other._resume_writing()
        if self._finished and not self._waiting and not self._lost:
            self._end()

    def _resume_writing(self) -> None:
        if not self._is_writable and not self._lost:
            self._is_writable = True
            cast("asyncio.Protocol", self._protocol).resume_writing()

    def _finish(self) -> None:
        self._finished = True
        self._deliver_soon()

    def _end(self) -> None:
        """The other side sends nothing more: close this one, unless its protocol wants to go on."""
        self._finished = False
        if not self._closing and not cast("asyncio.Protocol", self._protocol).eof_received():
            self.close()

    def _cut(self, error: Exception | None) -> None:
        """The other side is gone: by a reset, bytes that were not read are lost with it."""
        if error is None:
            self._reads = True
            self._deliver()
        self._closing = True
        self._lose(error)

    def _lose(self, error: Exception | None) -> None:
        if not self._lost:
            self._lost = True
            self._waiting.clear()
            self._protocol.connection_lost(error)


def connect(
    loop: asyncio.AbstractEventLoop,
    client: asyncio.Protocol,
    accept: Callable[[], asyncio.BaseProtocol],
    *,
    client_address: tuple[str, int],
    server_address: tuple[str, int],
) -> PipeEnd:
    """Connect a client to a server; returns the client's side.

    Args:
        loop: the loop of both.
        client: the client's protocol.
        accept: makes the server's protocol, as a listening server does for each connection.
        client_address: where the connection comes from, as the server learns it.
        server_address: where it goes.
    """
    server = accept()
    here = PipeEnd(loop, client, {"peername": server_address, "sockname": client_address})
    there = PipeEnd(loop, server, {"peername": client_address, "sockname": server_address})
    here.join(there)
    server.connection_made(there)
    client.connection_made(here)
    return here
