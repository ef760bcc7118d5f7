"""A host's TCP for the tests: it opens one connection to a responder and keeps to what a test scripts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import IPv6Address

from harness.wire.ip6 import Ip6Decoder
from harness.wire.tcp6 import SEQUENCES, TcpFlag, TcpSegment, decode_segment, encode_segment
from harness.wire.tcp6_connection import TcpConnection
from harness.wire.tcp6_responder import Tcp6Responder

PHONE, HOST = IPv6Address("fd00::1"), IPv6Address("fd00::2")
PORT, HOST_PORT = 58783, 50000
MTU_BYTES = 1280


def responder(first_sequence: int = 1000) -> Tcp6Responder:
    """A phone's TCP where one port listens."""
    return Tcp6Responder(PHONE, MTU_BYTES, lambda port: port == PORT, first_sequence)


@dataclass
class TcpHost:
    """The host's end: in-order data is taken, all else is dropped and acknowledged again.

    Attributes:
        phone: the other end.
        port: ours.
        sequence: our next.
        expected: the phone's next.
        window: what we grant, scaled.
        mss_bytes: option of SYN.
        scale: option of SYN.
        loses: whether the n-th segment of the phone is lost on the way to us.
    """

    phone: Tcp6Responder
    port: int = HOST_PORT
    sequence: int = 77
    expected: int = 0
    window: int = 0xFFFF
    mss_bytes: int | None = 1000
    scale: int | None = 0
    loses: Callable[[int], bool] = lambda number: False
    data: bytearray = field(default_factory=bytearray)
    heard: list[TcpSegment] = field(default_factory=list[TcpSegment])
    finished: bool = False
    connection: TcpConnection | None = None

    def send(
        self,
        flags: TcpFlag,
        data: bytes = b"",
        *,
        now_s: float = 0.0,
        sequence: int | None = None,
        port: int = PORT,
    ) -> None:
        """Send one segment; what it takes up counts unless ``sequence`` says where it is to lie."""
        at = self.sequence if sequence is None else sequence
        is_syn = TcpFlag.SYN in flags
        segment = TcpSegment(
            self.port,
            port,
            at % SEQUENCES,
            self.expected,
            flags,
            self.window,
            data,
            self.mss_bytes if is_syn else None,
            self.scale if is_syn else None,
        )
        if sequence is None:
            self.sequence += len(data) + is_syn + (TcpFlag.FIN in flags)
        (packet,) = Ip6Decoder().feed(encode_segment(segment, HOST, PHONE))
        self.connection = self.phone.receive(packet, now_s) or self.connection

    def hear(self, now_s: float = 0.0) -> list[TcpSegment]:
        """Take what the phone sends now, without answering."""
        packets = Ip6Decoder().feed(b"".join(self.phone.packets(now_s)))
        assert all((packet.source, packet.target) == (PHONE, HOST) for packet in packets)
        segments = [decode_segment(packet) for packet in packets]
        self.heard += segments
        return segments

    def open(self) -> TcpConnection:
        """Shake hands."""
        self.send(TcpFlag.SYN)
        (answer,) = self.hear()
        assert answer.flags == TcpFlag.SYN | TcpFlag.ACK
        assert answer.acknowledged == self.sequence % SEQUENCES
        self.expected = (answer.sequence + 1) % SEQUENCES
        self.send(TcpFlag.ACK)
        assert self.connection is not None
        return self.connection

    def settle(self, now_s: float = 0.0) -> None:
        """Hear and acknowledge until the phone has nothing more to say."""
        while segments := self.hear(now_s):
            first = len(self.heard) - len(segments)
            for number, segment in enumerate(segments, first):
                if not self.loses(number):
                    self._take(segment, now_s)

    def settle_over_time(self, seconds: int, start_s: int = 0) -> None:
        """Settle, letting seconds pass."""
        for now_s in range(start_s, start_s + seconds):
            self.phone.tick(float(now_s))
            self.settle(float(now_s))

    def _take(self, segment: TcpSegment, now_s: float) -> None:
        takes_up = len(segment.data) + (TcpFlag.FIN in segment.flags)
        if not takes_up:
            return
        if segment.sequence == self.expected and not self.finished:
            self.data += segment.data
            self.finished = TcpFlag.FIN in segment.flags
            self.expected = (self.expected + takes_up) % SEQUENCES
        self.send(TcpFlag.ACK, now_s=now_s)
