"""The phone's end of one TCP connection that the host opened. No clock, no I/O: ``now_s`` is passed in.

Theory: the connection is pulled. Segments, data and time only change what is known; ``next_segment``
then says what to send, until it says nothing. Our sequence numbers are kept as offsets that never wrap:
0 is SYN, data begins at 1, FIN follows the last byte. ``_una`` is the first offset not acknowledged,
``_next`` the next to send; losing something is taking ``_next`` back to ``_una`` (go-back-N). The carrier
is ordered, so what is lost is lost at the host, whose buffer was full, and no buffer grows: from then on
less is kept in flight.
Segments out of order are dropped and asked for again. The carrier tells when the host is gone, so a
connection never gives up by itself.

State machine: RFC 9293 §3.3.2. Retransmission: RFC 6298 §5, without measuring the round trip, which is
that of a cable. Equal acknowledgements: RFC 5681 §3.2. Zero window probes: RFC 9293 §3.8.6.1.
"""

from __future__ import annotations

from harness.wire.tcp6 import MOST_WINDOW_SCALE, SEQUENCES, TcpFlag, TcpSegment
from harness.wire.tcp6_states import TRANSITIONS as TRANSITIONS
from harness.wire.tcp6_states import TcpEvent
from harness.wire.tcp6_states import TcpState as TcpState

WINDOW_SCALE = 7
RECEIVE_BYTES = 1024 * 1024
"""How much the host may send before it is read."""

DEFAULT_MSS_BYTES = 1220
"""Of a host that names none. Source: RFC 9293 §3.7.1."""

RETRANSMIT_S = 0.5
MOST_RETRANSMIT_S = 4.0
TIME_WAIT_S = 1.0
"""Short: an ordered carrier delivers no segment late."""

MOST_FLIGHT_BYTES = 128 * 1024
"""How much is in flight at most, whatever window the host grants."""

_LEAST_FLIGHT_SEGMENTS = 4
_EQUAL_ACKS = 2
"""One fewer than on a network, where segments overtake each other; a flight may be of four segments."""


class TcpConnection:
    """One connection, from the host's SYN on.

    Args:
        syn: the segment that opens it.
        first_sequence: our sequence number of SYN.
        most_segment_bytes: the largest data that the link carries in one segment.
    """

    def __init__(self, syn: TcpSegment, first_sequence: int, most_segment_bytes: int) -> None:
        self.local_port = syn.target_port
        self.peer_port = syn.source_port
        self._first = first_sequence
        self._mss = min(syn.mss_bytes or DEFAULT_MSS_BYTES, most_segment_bytes)
        self._our_mss = most_segment_bytes
        # Without the option from the host, neither side scales. RFC 7323 §2.2.
        self._scales = syn.window_scale is not None
        self._peer_scale = min(syn.window_scale or 0, MOST_WINDOW_SCALE)
        self._state = TcpState.SYN_RECEIVED
        # Sending.
        self._unacked = bytearray()
        self._end = 1
        self._una = 0
        self._next = 0
        self._furthest = 0
        self._peer_window = syn.window
        self._flight_limit = MOST_FLIGHT_BYTES
        self._equal_acks = 0
        self._recover = 0
        self._finishing = False
        self._reset_due = False
        self._probe_due = False
        # Receiving.
        self._received = bytearray()
        self._expected = (syn.sequence + 1) % SEQUENCES
        self._peer_finished = False
        self._ack_due = False
        self._told_window = 0
        # Time.
        self._due_s: float | None = None
        self._interval_s = RETRANSMIT_S

    @property
    def state(self) -> TcpState:
        """Where it is."""
        return self._state

    @property
    def is_over(self) -> bool:
        """Whether nothing more will be sent or received."""
        return self._state is TcpState.CLOSED and not self._reset_due

    @property
    def was_reset(self) -> bool:
        """Whether it broke, so that data may be missing at either end."""
        return self._state is TcpState.CLOSED and not (self._peer_finished and self._finishing)

    @property
    def peer_finished(self) -> bool:
        """Whether the host sends no more; what came before may still be unread."""
        return self._peer_finished

    @property
    def unsent_bytes(self) -> int:
        """How many bytes the host has not acknowledged."""
        return len(self._unacked)

    @property
    def due_s(self) -> float | None:
        """When ``tick`` has something to do, or ``None``."""
        return self._due_s

    # What our side wants.

    def send(self, data: bytes) -> None:
        """Queue bytes; after ``finish`` and on a closed connection they are swallowed."""
        if not self._finishing and self._state is not TcpState.CLOSED:
            self._unacked += data
            self._end += len(data)

    def read(self, limit_bytes: int) -> bytes:
        """Take at most that many of the bytes that came; empty when there are none."""
        taken = bytes(self._received[:limit_bytes])
        del self._received[: len(taken)]
        # A host that was told of a full window hears when there is room again.
        if self._window() - self._told_window >= min(2 * self._our_mss, RECEIVE_BYTES // 2):
            self._ack_due = True
        return taken

    def finish(self) -> None:
        """Send what is queued, then FIN; what the host still sends is taken and dropped."""
        self._finishing = True

    def abort(self) -> None:
        """Break the connection: what is queued is dropped and the host gets RST."""
        if self._state is not TcpState.CLOSED:
            self._close()
            self._reset_due = True

    # What the host sends.

    def receive(self, segment: TcpSegment, now_s: float) -> None:
        """Take in a segment of this connection."""
        if self._state is TcpState.CLOSED:
            return
        if TcpFlag.RST in segment.flags:
            self._close()
            return
        if TcpFlag.SYN in segment.flags:
            # Our SYN-ACK was lost, or the segment is stray: tell again where we are.
            self._go_back() if self._una == 0 else self._want_ack()
            return
        if TcpFlag.ACK in segment.flags:
            self._take_acknowledgement(segment, now_s)
        self._take_data(segment, now_s)

    def tick(self, now_s: float) -> None:
        """Let time have passed."""
        if self._due_s is None or now_s < self._due_s:
            return
        self._due_s = None
        if self._state is TcpState.TIME_WAIT:
            self._move(TcpEvent.WAITED)
            return
        self._interval_s = min(self._interval_s * 2, MOST_RETRANSMIT_S)
        if self._next > self._una:
            self._lose()
        else:
            self._probe_due = True

    def _take_acknowledgement(self, segment: TcpSegment, now_s: float) -> None:
        acknowledged = self._offset_of(segment.acknowledged)
        window = segment.window << self._peer_scale
        if self._una < acknowledged <= self._furthest:
            self._advance(acknowledged, now_s)
        elif acknowledged == self._una and self._is_equal(segment, window):
            self._equal_acks += 1
            if self._equal_acks == _EQUAL_ACKS and self._una >= self._recover:
                self._lose()
        if acknowledged >= self._una:
            self._peer_window = window

    def _is_equal(self, segment: TcpSegment, window: int) -> bool:
        """Whether it only repeats that something is missing. RFC 5681 §2."""
        in_flight = self._next > self._una
        return in_flight and not segment.data and window == self._peer_window

    def _offset_of(self, acknowledged: int) -> int:
        behind = (acknowledged - self._first - self._una) % SEQUENCES
        return self._una + (behind if behind < SEQUENCES // 2 else behind - SEQUENCES)

    def _advance(self, acknowledged: int, now_s: float) -> None:
        del self._unacked[: min(acknowledged, self._end) - max(self._una, 1)]
        was_syn = self._una == 0
        self._una = acknowledged
        self._next = max(self._next, acknowledged)
        self._equal_acks = 0
        self._interval_s = RETRANSMIT_S
        self._due_s = now_s + self._interval_s if self._next > self._una else None
        if was_syn:
            self._move(TcpEvent.SYN_ACKNOWLEDGED)
        if acknowledged > self._end:
            self._move(TcpEvent.FIN_ACKNOWLEDGED)
            self._wait_when_due(now_s)

    def _take_data(self, segment: TcpSegment, now_s: float) -> None:
        skipped = (self._expected - segment.sequence) % SEQUENCES
        fresh = segment.data[skipped:] if skipped <= len(segment.data) else b""
        if segment.data or TcpFlag.FIN in segment.flags or skipped:
            self._want_ack()
        if self._peer_finished or skipped > len(segment.data):
            return
        taken = fresh[: self._room()]
        if not self._finishing:
            self._received += taken
        self._expected = (self._expected + len(taken)) % SEQUENCES
        if TcpFlag.FIN in segment.flags and len(taken) == len(fresh):
            self._expected = (self._expected + 1) % SEQUENCES
            self._peer_finished = True
            self._move(TcpEvent.PEER_FINISHED)
            self._wait_when_due(now_s)

    # What there is to send.

    def next_segment(self, now_s: float) -> TcpSegment | None:
        """The next segment to send, or ``None`` when there is nothing to say now."""
        if self._reset_due:
            self._reset_due = False
            return self._segment(TcpFlag.RST | TcpFlag.ACK, self._next)
        if self._state is TcpState.CLOSED:
            return None
        if self._next == 0:
            return self._advance_next(self._syn(), 1, now_s)
        if self._una == 0:
            return None
        return self._data(now_s) or self._fin(now_s) or self._acknowledgement()

    def _syn(self) -> TcpSegment:
        self._ack_due = False
        return TcpSegment(
            self.local_port,
            self.peer_port,
            self._first,
            self._expected,
            TcpFlag.SYN | TcpFlag.ACK,
            # The window of a SYN is never scaled. RFC 7323 §2.2.
            min(self._room(), 0xFFFF),
            mss_bytes=self._our_mss,
            window_scale=WINDOW_SCALE if self._scales else None,
        )

    def _data(self, now_s: float) -> TcpSegment | None:
        left = self._end - self._next
        if left <= 0:
            return None
        in_flight = self._next - self._una
        room = min(self._peer_window, self._flight_limit) - in_flight
        if self._probe_due:
            room = max(room, 1)
            self._probe_due = False
        wanted = min(left, self._mss)
        # A sliver of a window is worth a segment only when nothing else is under way. RFC 9293 §3.8.6.2.1.
        if room < wanted and (in_flight or room <= 0):
            self._due_s = self._due_s or now_s + self._interval_s
            return None
        at = self._next - self._una
        data = bytes(self._unacked[at : at + min(wanted, room)])
        flags = TcpFlag.ACK | (TcpFlag.PSH if len(data) == left else TcpFlag(0))
        return self._advance_next(self._segment(flags, self._next, data), len(data), now_s)

    def _fin(self, now_s: float) -> TcpSegment | None:
        if not self._finishing or self._next != self._end:
            return None
        self._move(TcpEvent.WE_FINISHED)
        return self._advance_next(self._segment(TcpFlag.FIN | TcpFlag.ACK, self._next), 1, now_s)

    def _acknowledgement(self) -> TcpSegment | None:
        return self._segment(TcpFlag.ACK, self._next) if self._ack_due else None

    def _segment(self, flags: TcpFlag, offset: int, data: bytes = b"") -> TcpSegment:
        self._told_window = self._window()
        self._ack_due = False
        window = self._told_window >> (WINDOW_SCALE if self._scales else 0)
        sequence = (self._first + offset) % SEQUENCES
        return TcpSegment(self.local_port, self.peer_port, sequence, self._expected, flags, window, data)

    def _advance_next(self, segment: TcpSegment, by: int, now_s: float) -> TcpSegment:
        self._next += by
        self._furthest = max(self._furthest, self._next)
        if self._due_s is None:
            self._due_s = now_s + self._interval_s
        return segment

    # Small things.

    def _room(self) -> int:
        return RECEIVE_BYTES - len(self._received)

    def _window(self) -> int:
        """The room in bytes, as far as a segment can tell it."""
        scale = WINDOW_SCALE if self._scales else 0
        return min(self._room() >> scale, 0xFFFF) << scale

    def _want_ack(self) -> None:
        self._ack_due = True

    def _go_back(self) -> None:
        self._next = self._una

    def _lose(self) -> None:
        half = (self._next - self._una) // 2
        self._flight_limit = max(min(half, self._flight_limit), _LEAST_FLIGHT_SEGMENTS * self._mss)
        self._recover = self._furthest
        self._go_back()

    def _move(self, event: TcpEvent) -> None:
        self._state = TRANSITIONS.get((self._state, event), self._state)
        if self._state is TcpState.CLOSED:
            self._close()

    def _wait_when_due(self, now_s: float) -> None:
        if self._state is TcpState.TIME_WAIT:
            self._due_s = now_s + TIME_WAIT_S

    def _close(self) -> None:
        self._state = TcpState.CLOSED
        self._unacked.clear()
        self._due_s = None
