"""A request through a tunnel is answered, whatever its bytes add up to."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest

from harness.drivers.pmd3 import tunnel
from harness.drivers.pmd3.discovery import Discovery
from harness.drivers.pmd3.transport import open_transport
from harness.wire.ip6 import PROTOCOL_TCP, Ip6Decoder
from harness.wire.tcp6 import SEQUENCES, TcpSegment, decode_segment
from tests.unit.drivers.segments import CHECKSUM, Ends, whose_carry_is_lost
from tests.virtual.faults.bench import identity_of
from tests.virtual.rig import Rig, rig, until

SERVICE = "com.apple.mobile.house_arrest.shim.remote"

WITHIN_S = 20.0
"""Less than it takes until the stack gives a segment up that is dropped each time it is sent."""


class Stack:
    """What the tunnel's TCP stack sends, with ports and first numbers that are the same in each tunnel.

    Attributes:
        sent: the packets, as it made them.
        begins: port of the phone -> with which number a connection to it begins; 1 for others.
        is_mended: whether they leave as the driver sends them, and not as they were made.
    """

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.sent: list[bytes] = []
        self.begins: dict[int, int] = {}
        self.is_mended = True
        self._mend = tunnel.rightly_summed
        patch.setattr(tunnel, "rightly_summed", self._note)
        patch.setattr("pmd_pytcp.stack.TCP__PORT_SECRET", bytes(16))
        patch.setattr("pmd_pytcp.protocols.tcp.session.tcp__session.compute_iss", self._begin)

    def request(self, port: int) -> tuple[TcpSegment, Ends]:
        """The first data that was sent to a port, and between whom."""
        packets = Ip6Decoder().feed(b"".join(map(self._mend, self.sent)))
        segments = (
            (decode_segment(packet), (packet.source, packet.target))
            for packet in packets
            if packet.protocol == PROTOCOL_TCP
        )
        return next((one, ends) for one, ends in segments if one.target_port == port and one.data)

    def _note(self, packet: bytes) -> bytes:
        self.sent.append(packet)
        return self._mend(packet) if self.is_mended else packet

    def _begin(self, *, remote_port: int, **_: Any) -> int:
        return self.begins.get(remote_port, 1)


async def _check_in(it: Rig) -> int:
    """Open a tunnel and a service behind it; returns the service's port."""
    transport = await open_transport(identity_of(it), it.address.usbmux)
    try:
        services = cast("Discovery", transport.provider)
        connection = await asyncio.wait_for(services.start_lockdown_service(SERVICE), WITHIN_S)
        await connection.close()
        return services.get_service_port(SERVICE)
    finally:
        await transport.close()


async def _bring_to_a_lost_carry(it: Rig, stack: Stack) -> tuple[int, TcpSegment, Ends]:
    """Have the check-in be a segment that the stack sums wrong, from the next tunnel on."""
    port = await _check_in(it)
    request, ends = stack.request(port)
    wrong = whose_carry_is_lost(request, ends)
    stack.begins[port] = (wrong.sequence - 1) % SEQUENCES
    stack.sent.clear()
    return port, wrong, ends


def test_a_check_in_whose_checksum_the_stack_gets_wrong_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    stack = Stack(monkeypatch)

    async def main() -> None:
        async with rig("18.5") as it:
            port, wrong, ends = await _bring_to_a_lost_carry(it, stack)
            await _check_in(it)
            assert stack.request(port) == (wrong, ends)
            assert b"\xff\xff" in [packet[CHECKSUM] for packet in stack.sent]

    asyncio.run(main())


def test_as_the_stack_sends_it_the_phone_drops_it_and_says_so(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    stack = Stack(monkeypatch)

    async def main() -> None:
        async with rig("18.5") as it:
            await _bring_to_a_lost_carry(it, stack)
            stack.is_mended = False
            unheard = asyncio.create_task(_check_in(it))
            # Once, and once more.
            await until(lambda: caplog.text.count("dropped: a TCP segment with a wrong checksum") >= 2)
            assert not unheard.done()
            unheard.cancel()
            await asyncio.wait([unheard])

    asyncio.run(main())
