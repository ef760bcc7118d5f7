"""One request's connection: what sending a file and taking an upload do in the same way."""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import NoReturn

from aiohttp import web

from harness.origin.behaviour import Fault, FaultKind
from harness.origin.gate import Gate, Hold
from harness.origin.receipts import BrokenBy, Exchange

PACES_PER_S = 20


class Line:
    """The connection of one request.

    Args:
        http: the request.
        transport: what it came by; its write buffer is set to zero, so that ``send`` returns when the
            bytes have left this process.
        exchange: its receipt.
    """

    def __init__(self, http: web.BaseRequest, transport: asyncio.Transport, exchange: Exchange) -> None:
        # asyncio's TLS transport takes a limit of 0 as always exceeded and never resumes.
        transport.set_write_buffer_limits(high=1 if transport.get_extra_info("ssl_object") else 0, low=0)
        self.http = http
        self.exchange = exchange
        self._transport = transport
        self._standing: Hold | None = None
        self._pace_from_s = asyncio.get_running_loop().time()

    async def send(self, data: bytes) -> None:
        """Send raw bytes; who opened a gate for them learns that they are on their way."""
        self._transport.write(data)
        self.moved()
        await self.http.writer.drain()

    def moved(self) -> None:
        """What stood at a gate has gone on, or has ended."""
        if self._standing is not None:
            self._standing.moved()
            self._standing = None

    async def stand(self, gate: Gate, position: int, rate_bytes_per_s: float | None) -> None:
        """Stand at a gate until it opens."""
        hold = Hold()
        self.exchange.held()
        await gate.stand(hold)
        self._standing = hold
        self.exchange.released()
        if rate_bytes_per_s is not None:
            # The time at the gate must not be caught up in a burst.
            self._pace_from_s = asyncio.get_running_loop().time() - position / rate_bytes_per_s

    async def pace(self, position: int, rate_bytes_per_s: float | None) -> None:
        """Wait until ``position`` is due at that rate; without a rate, let the loop do its other work."""
        delay_s = 0.0
        if rate_bytes_per_s is not None:
            due_s = self._pace_from_s + position / rate_bytes_per_s
            delay_s = max(0.0, due_s - asyncio.get_running_loop().time())
        await asyncio.sleep(delay_s)

    async def fail_if_due(self, fault: Fault | None, position: int) -> None:
        """Let the fault happen if this is its place; then it does not return."""
        if fault is None or fault.after_bytes != position:
            return
        self.moved()
        if fault.kind is FaultKind.DROP:
            self.exchange.held()
            await until_gone()
        self.exchange.broken(BrokenBy.GATE)
        if fault.kind is FaultKind.RESET:
            # Closing with a linger time of zero makes the kernel send RST in place of FIN.
            raw = self._transport.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self._transport.abort()
        else:
            self._transport.close()
        await until_gone()


def room(position: int, stops: list[int | None], rate_bytes_per_s: float | None, most: int) -> int:
    """How many bytes may move before something else is due.

    Args:
        position: bytes moved so far.
        stops: positions where something happens; ``None`` and those behind do not count.
        rate_bytes_per_s: pace, if any: a twentieth of a second's worth moves at a time.
        most: never more than this.
    """
    ahead = [stop - position for stop in stops if stop is not None and stop > position]
    if rate_bytes_per_s is not None:
        ahead.append(max(1, int(rate_bytes_per_s / PACES_PER_S)))
    return min([most, *ahead])


async def until_gone() -> NoReturn:
    """Wait for the cancellation that comes when the connection is lost."""
    await asyncio.get_running_loop().create_future()
    raise asyncio.CancelledError
