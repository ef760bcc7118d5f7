"""Everything TCP at one IPv6 address: packets in, connections, packets out. No clock, no I/O.

Connections are only ever opened by the other side. What is not TCP, or is for another address, is ignored,
as a phone ignores it; a segment for a port where nothing listens is answered by RST.
Source: RFC 9293 §3.5.2 (resets), §3.10.7 (segments without a connection).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from ipaddress import IPv6Address

from harness.errors import WireError
from harness.wire import ip6
from harness.wire.ip6 import Ip6Packet
from harness.wire.tcp6 import HEADER_BYTES, SEQUENCES, TcpFlag, TcpSegment, decode_segment, encode_segment
from harness.wire.tcp6_connection import TcpConnection, TcpState

_SEQUENCE_STEP = 64_000

Key = tuple[IPv6Address, int, int]


class Tcp6Responder:
    """The TCP of one address.

    Args:
        address: the phone's.
        mtu_bytes: the largest packet the link carries.
        listens: whether something listens on a port.
        first_sequence: our first sequence number; each connection begins further on.
        on_drop: told why a segment is dropped, of which its sender hears nothing.
    """

    def __init__(
        self,
        address: IPv6Address,
        mtu_bytes: int,
        listens: Callable[[int], bool],
        first_sequence: int = _SEQUENCE_STEP,
        on_drop: Callable[[WireError], None] = lambda _: None,
    ) -> None:
        self._address = address
        self._mtu_bytes = mtu_bytes
        self._listens = listens
        self._next_sequence = first_sequence
        self._on_drop = on_drop
        self._connections: dict[Key, TcpConnection] = {}
        self._resets: list[bytes] = []

    def receive(self, packet: Ip6Packet, now_s: float) -> TcpConnection | None:
        """Take in a packet.

        Returns:
            The connection, when the packet opened one.
        """
        if packet.target != self._address or packet.protocol != ip6.PROTOCOL_TCP:
            return None
        try:
            segment = decode_segment(packet)
        except WireError as error:
            # A phone drops what is no TCP it understands, and TCP sends it again.
            self._on_drop(error)
            return None
        key = (packet.source, segment.source_port, segment.target_port)
        connection = self._connections.get(key)
        opens = TcpFlag.SYN in segment.flags and TcpFlag.ACK not in segment.flags
        if connection is None or (opens and connection.state in (TcpState.TIME_WAIT, TcpState.CLOSED)):
            return self._without_connection(key, segment)
        connection.receive(segment, now_s)
        return None

    def next_packet(self, now_s: float) -> bytes | None:
        """The next packet to send, or ``None`` when there is nothing to say now."""
        if self._resets:
            return self._resets.pop(0)
        for key, connection in list(self._connections.items()):
            segment = connection.next_segment(now_s)
            if connection.is_over:
                del self._connections[key]
            if segment is not None:
                # Whoever has spoken goes to the end, so that one bulk transfer does not starve the rest.
                if key in self._connections:
                    self._connections[key] = self._connections.pop(key)
                return encode_segment(segment, self._address, key[0])
        return None

    def packets(self, now_s: float) -> Iterator[bytes]:
        """Every packet to send now."""
        while (packet := self.next_packet(now_s)) is not None:
            yield packet

    def tick(self, now_s: float) -> None:
        """Let time have passed."""
        for connection in self._connections.values():
            connection.tick(now_s)

    @property
    def due_s(self) -> float | None:
        """When ``tick`` has something to do, or ``None``."""
        times = [due for one in self._connections.values() if (due := one.due_s) is not None]
        return min(times, default=None)

    def _without_connection(self, key: Key, segment: TcpSegment) -> TcpConnection | None:
        if TcpFlag.RST in segment.flags:
            return None
        opens = TcpFlag.SYN in segment.flags and TcpFlag.ACK not in segment.flags
        if not opens or not self._listens(segment.target_port):
            self._resets.append(encode_segment(_reset(segment), self._address, key[0]))
            return None
        most_segment_bytes = self._mtu_bytes - ip6.HEADER_BYTES - HEADER_BYTES
        connection = TcpConnection(segment, self._next_sequence, most_segment_bytes)
        self._next_sequence = (self._next_sequence + _SEQUENCE_STEP) % SEQUENCES
        self._connections[key] = connection
        return connection


def _reset(segment: TcpSegment) -> TcpSegment:
    ports = (segment.target_port, segment.source_port)
    if TcpFlag.ACK in segment.flags:
        return TcpSegment(*ports, segment.acknowledged, 0, TcpFlag.RST, 0)
    length = len(segment.data) + (TcpFlag.SYN in segment.flags) + (TcpFlag.FIN in segment.flags)
    return TcpSegment(*ports, 0, segment.sequence + length, TcpFlag.RST | TcpFlag.ACK, 0)
