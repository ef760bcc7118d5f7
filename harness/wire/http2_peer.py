"""One end of an HTTP/2 connection, as far as RemoteXPC needs it: streams, flow control, settings, pings.

Source: RFC 9113 §5.2 (flow control), §6.5 (settings), §6.9 (windows).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from harness.errors import WireError
from harness.wire.http2 import (
    ACK,
    DEFAULT_WINDOW_BYTES,
    END_HEADERS,
    END_STREAM,
    MOST_FRAME_BYTES,
    PREFACE,
    FrameKind,
    H2Frame,
    H2FrameDecoder,
    Setting,
    data_of,
    goaway_frame,
    number_of,
    settings_frame,
    settings_of,
    window_frame,
)

OUR_WINDOW_BYTES = 1024 * 1024
"""How much the other side may send on a stream before we grant more."""

MOST_STREAMS = 100

_MOST_WINDOW_BYTES = 2**31 - 1


class Role(StrEnum):
    """Which end of the connection a peer is."""

    CLIENT = "client"
    SERVER = "server"


@dataclass(frozen=True)
class StreamOpened:
    """The other side sent HEADERS."""

    stream: int


@dataclass(frozen=True)
class DataCame:
    """The other side sent bytes on a stream.

    Attributes:
        stream: which.
        data: the bytes.
        ended: whether it sends no more on that stream.
    """

    stream: int
    data: bytes
    ended: bool = False


@dataclass(frozen=True)
class StreamReset:
    """The other side gave up a stream."""

    stream: int
    code: int


@dataclass(frozen=True)
class WentAway:
    """The other side ends the connection."""

    code: int


H2Event = StreamOpened | DataCame | StreamReset | WentAway


class Http2Peer:
    """One end of a connection: frames in, events and bytes out.

    Theory: every DATA byte spends two windows, that of its stream and that of the connection. What does
    not fit waits, per stream in order, until the other side grants more. What came in is granted back
    at once, since whoever holds this peer takes the data at once.
    """

    def __init__(self, role: Role) -> None:
        self._role = role
        self._decoder = H2FrameDecoder()
        self._preface = PREFACE if role is Role.SERVER else b""
        self._head = bytearray()
        self._out = bytearray()
        self._stream_windows: dict[int, int] = {}
        self._initial_window = DEFAULT_WINDOW_BYTES
        self._window = DEFAULT_WINDOW_BYTES
        self._waiting: deque[tuple[int, bytes]] = deque()
        self._events: list[H2Event] = []
        self._handlers: Mapping[int, Callable[[H2Frame], None]] = {
            FrameKind.DATA: self._on_data,
            FrameKind.HEADERS: self._on_headers,
            FrameKind.RST_STREAM: self._on_reset,
            FrameKind.SETTINGS: self._on_settings,
            FrameKind.PING: self._on_ping,
            FrameKind.GOAWAY: self._on_goaway,
            FrameKind.WINDOW_UPDATE: self._on_window,
        }
        self._greet()

    def _greet(self) -> None:
        if self._role is Role.CLIENT:
            self._out += PREFACE
        self._emit(
            settings_frame(
                {
                    Setting.MAX_CONCURRENT_STREAMS: MOST_STREAMS,
                    Setting.INITIAL_WINDOW_SIZE: OUR_WINDOW_BYTES,
                }
            )
        )
        self._emit(window_frame(0, OUR_WINDOW_BYTES - DEFAULT_WINDOW_BYTES))

    @property
    def unsent_bytes(self) -> int:
        """How many bytes wait for the other side to grant a window."""
        return sum(len(data) for _, data in self._waiting)

    def take_output(self) -> bytes:
        """The bytes to send now."""
        out = bytes(self._out)
        self._out.clear()
        return out

    def open(self, stream: int) -> None:
        """Open a stream, with empty headers."""
        self._emit(H2Frame(FrameKind.HEADERS, END_HEADERS, stream))

    def send(self, stream: int, data: bytes) -> None:
        """Send bytes on an open stream, now or when there is window for them."""
        self._waiting.append((stream, data))
        self._send_waiting()

    def go_away(self, code: int = 0) -> None:
        """Tell the other side that the connection ends; 0 is no error."""
        self._emit(goaway_frame(code))

    def receive(self, data: bytes) -> list[H2Event]:
        """Take in bytes.

        Returns:
            What they meant, in order; answers are in ``take_output``.

        Raises:
            WireError: they are not HTTP/2, or break its rules.
        """
        for frame in self._decoder.feed(self._past_preface(data)):
            # Kinds that are not known are ignored. RFC 9113 §4.1.
            handle = self._handlers.get(frame.kind)
            if handle is not None:
                handle(frame)
        if self._decoder.error is not None:
            raise self._decoder.error
        events, self._events = self._events, []
        return events

    def close(self) -> None:
        """Say that no more bytes will come.

        Raises:
            WireError: the stream ends inside the preface or a frame.
        """
        if self._head:
            raise WireError("the stream ends inside the HTTP/2 preface", data=bytes(self._head))
        self._decoder.close()

    def _past_preface(self, data: bytes) -> bytes:
        if not self._preface:
            return data
        self._head += data
        seen = bytes(self._head[: len(self._preface)])
        if not self._preface.startswith(seen):
            raise WireError("no HTTP/2 preface", data=seen)
        if len(seen) < len(self._preface):
            return b""
        rest = bytes(self._head[len(seen) :])
        self._preface = b""
        self._head.clear()
        return rest

    def _emit(self, frame: H2Frame) -> None:
        self._out += frame.encode()

    # Sending.

    def _room(self, stream: int) -> int:
        own = self._stream_windows.setdefault(stream, self._initial_window)
        return min(own, self._window, MOST_FRAME_BYTES)

    def _send_waiting(self) -> None:
        held: deque[tuple[int, bytes]] = deque()
        blocked: set[int] = set()
        while self._waiting:
            stream, data = self._waiting.popleft()
            rest = data if stream in blocked else self._send_some(stream, data)
            if rest:
                blocked.add(stream)
                held.append((stream, rest))
        self._waiting = held

    def _send_some(self, stream: int, data: bytes) -> bytes:
        at = 0
        while at < len(data) and (room := self._room(stream)) > 0:
            part = data[at : at + room]
            self._emit(H2Frame(FrameKind.DATA, 0, stream, part))
            self._stream_windows[stream] -= len(part)
            self._window -= len(part)
            at += len(part)
        return data[at:]

    # Receiving.

    def _on_data(self, frame: H2Frame) -> None:
        if not frame.stream:
            raise WireError("DATA on stream 0")
        if frame.payload:
            self._emit(window_frame(0, len(frame.payload)))
            self._emit(window_frame(frame.stream, len(frame.payload)))
        data = data_of(frame)
        self._events.append(DataCame(frame.stream, data, bool(frame.flags & END_STREAM)))

    def _on_headers(self, frame: H2Frame) -> None:
        if not frame.stream:
            raise WireError("HEADERS on stream 0")
        self._events.append(StreamOpened(frame.stream))

    def _on_reset(self, frame: H2Frame) -> None:
        self._waiting = deque(item for item in self._waiting if item[0] != frame.stream)
        self._events.append(StreamReset(frame.stream, number_of(frame)))

    def _on_settings(self, frame: H2Frame) -> None:
        if frame.flags & ACK:
            return
        size_bytes = settings_of(frame).get(Setting.INITIAL_WINDOW_SIZE)
        if size_bytes is not None:
            self._change_initial_window(size_bytes)
        self._emit(H2Frame(FrameKind.SETTINGS, ACK))
        self._send_waiting()

    def _change_initial_window(self, size_bytes: int) -> None:
        # Streams that are open change by the difference, and may go below zero. RFC 9113 §6.9.2.
        if size_bytes > _MOST_WINDOW_BYTES:
            raise WireError(f"an initial window of {size_bytes} bytes")
        more = size_bytes - self._initial_window
        self._initial_window = size_bytes
        self._stream_windows = {stream: left + more for stream, left in self._stream_windows.items()}

    def _on_ping(self, frame: H2Frame) -> None:
        if not frame.flags & ACK:
            self._emit(H2Frame(FrameKind.PING, ACK, 0, frame.payload))

    def _on_goaway(self, frame: H2Frame) -> None:
        self._events.append(WentAway(number_of(frame, 4)))

    def _on_window(self, frame: H2Frame) -> None:
        more_bytes = number_of(frame) & _MOST_WINDOW_BYTES
        if not more_bytes:
            raise WireError("WINDOW_UPDATE by nothing", data=frame.payload)
        if frame.stream:
            left = self._stream_windows.setdefault(frame.stream, self._initial_window)
            self._stream_windows[frame.stream] = left + more_bytes
        else:
            self._window += more_bytes
        self._send_waiting()
