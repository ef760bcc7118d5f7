"""The frames of HTTP/2 that RemoteXPC stands on.

Header blocks are empty in RemoteXPC, so no header compression is needed: HEADERS only open a stream.
Sources: RFC 9113 §4 and §6; virtual-iphone.md §2 (which frames occur).
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

from harness.errors import WireError
from harness.wire.framing import SizedDecoder, check_size

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
"""What a client sends before its first frame. Source: RFC 9113 §3.4."""

DEFAULT_WINDOW_BYTES = 65_535
MOST_FRAME_BYTES = 16_384
"""The largest payload without another setting. Source: RFC 9113 §6.5.2."""

_HEADER_BYTES = 9
_U32 = struct.Struct(">I")
_SETTING = struct.Struct(">HI")

ACK = 0x1
"""Flag of SETTINGS and PING."""
END_STREAM = 0x1
"""Flag of DATA: the last of its stream."""
END_HEADERS = 0x4
"""Flag of HEADERS: no CONTINUATION follows."""
PADDED = 0x8
"""Flag of DATA: the payload begins with the size of the padding at its end."""


class FrameKind(IntEnum):
    """Frame types. Source: RFC 9113 §6."""

    DATA = 0
    HEADERS = 1
    PRIORITY = 2
    RST_STREAM = 3
    SETTINGS = 4
    PUSH_PROMISE = 5
    PING = 6
    GOAWAY = 7
    WINDOW_UPDATE = 8
    CONTINUATION = 9


class Setting(IntEnum):
    """The settings used here. Source: RFC 9113 §6.5.2."""

    MAX_CONCURRENT_STREAMS = 3
    INITIAL_WINDOW_SIZE = 4
    MAX_FRAME_SIZE = 5


@dataclass(frozen=True)
class H2Frame:
    """One frame.

    Attributes:
        kind: its type; numbers without a name are to be ignored.
        flags: the bits of the type.
        stream: 0 is the connection.
        payload: at most 16 KiB.
    """

    kind: int
    flags: int = 0
    stream: int = 0
    payload: bytes = b""

    def encode(self) -> bytes:
        """The bytes of the frame."""
        size = len(self.payload).to_bytes(3, "big")
        return size + bytes((self.kind, self.flags)) + _U32.pack(self.stream) + self.payload

    def __str__(self) -> str:
        name = FrameKind(self.kind).name if self.kind in tuple(FrameKind) else str(self.kind)
        return f"h2 {name} stream {self.stream} flags {self.flags:#x} {len(self.payload)} bytes"


class H2FrameDecoder(SizedDecoder[H2Frame]):
    """Cuts a stream, after the preface, into frames."""

    frame_name = "an HTTP/2 frame"
    header_bytes = _HEADER_BYTES

    def _measure(self, header: bytes) -> int:
        size_bytes = int.from_bytes(header[:3], "big")
        check_size(size_bytes, least=0, most=MOST_FRAME_BYTES, header=header, what="an HTTP/2 payload")
        return _HEADER_BYTES + size_bytes

    def _parse(self, frame: bytes) -> H2Frame:
        (stream,) = _U32.unpack_from(frame, 5)
        return H2Frame(frame[3], frame[4], stream & 0x7FFFFFFF, frame[_HEADER_BYTES:])


def settings_frame(values: Mapping[Setting, int]) -> H2Frame:
    """A SETTINGS frame."""
    payload = b"".join(_SETTING.pack(name, value) for name, value in values.items())
    return H2Frame(FrameKind.SETTINGS, payload=payload)


def window_frame(stream: int, more_bytes: int) -> H2Frame:
    """A WINDOW_UPDATE frame: the other side may send that much more."""
    return H2Frame(FrameKind.WINDOW_UPDATE, stream=stream, payload=_U32.pack(more_bytes))


def data_of(frame: H2Frame) -> bytes:
    """The bytes of a DATA frame, without its padding.

    Raises:
        WireError: there is more padding than payload.
    """
    if not frame.flags & PADDED:
        return frame.payload
    if not frame.payload or frame.payload[0] >= len(frame.payload):
        raise WireError("DATA with more padding than bytes", data=frame.payload)
    return frame.payload[1 : len(frame.payload) - frame.payload[0]]


def settings_of(frame: H2Frame) -> dict[int, int]:
    """The values of a SETTINGS frame.

    Raises:
        WireError: it ends inside a setting.
    """
    if len(frame.payload) % _SETTING.size:
        raise WireError(f"SETTINGS of {len(frame.payload)} bytes", data=frame.payload)
    return dict(_SETTING.iter_unpack(frame.payload))


def number_of(frame: H2Frame, at: int = 0) -> int:
    """The number at byte ``at`` of a payload: an increment, an error code.

    Raises:
        WireError: the payload ends before it.
    """
    if len(frame.payload) < at + _U32.size:
        raise WireError(f"{frame}, expected at least {at + _U32.size}", data=frame.payload)
    return int(_U32.unpack_from(frame.payload, at)[0])


def goaway_frame(code: int) -> H2Frame:
    """A GOAWAY frame: the connection ends; code 0 is no error."""
    return H2Frame(FrameKind.GOAWAY, payload=_U32.pack(0) + _U32.pack(code))
