"""The usbmuxd protocol: how a client asks the multiplexer for phones and for connections to them.

A frame is ``<u32`` size of the whole, version, message and tag, then a property list. Version 1
with message 8 (property list) is the only form that current clients send (``usbmux_binary.py`` has the one
before it); the answer carries the
tag of the question. After ``Connect`` was answered with result 0 the same socket is the connection
to the phone, so a server takes frames one at a time and passes on ``MuxDecoder.rest()``.
Source: virtual-iphone.md §2.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum

from harness.errors import WireError
from harness.wire.framing import SizedDecoder, check_size
from harness.wire.lockdown import PlistDict, describe, parse_at, write_plist

PLIST_VERSION = 1
PLIST_MESSAGE = 8
MOST_FRAME_BYTES = 16 * 1024 * 1024

_HEADER = struct.Struct("<IIII")


class MuxResult(IntEnum):
    """The number in a ``Result`` message."""

    OK = 0
    BAD_COMMAND = 1
    BAD_DEVICE = 2
    CONNECTION_REFUSED = 3
    NO_SUCH_SERVICE = 4
    BAD_VERSION = 6


@dataclass(frozen=True)
class MuxFrame:
    """One message of either side.

    Attributes:
        tag: chosen by the client; 0 in messages the multiplexer sends of its own accord.
        body: the message, ``MessageType`` and its fields.
    """

    tag: int
    body: PlistDict

    @property
    def message_type(self) -> str:
        """``MessageType``, or an empty string when the message has none."""
        return str(self.body.get("MessageType", ""))

    def encode(self) -> bytes:
        """The frame's bytes."""
        return encode(self)

    def __str__(self) -> str:
        return f"usbmux #{self.tag} {describe(self.body)}"


def encode(frame: MuxFrame) -> bytes:
    """The bytes of a frame; raises as ``write_plist`` does."""
    body = write_plist(frame.body)
    return _HEADER.pack(_HEADER.size + len(body), PLIST_VERSION, PLIST_MESSAGE, frame.tag) + body


def result_frame(tag: int, number: int) -> MuxFrame:
    """The answer to a request that wants no more than yes or no: a ``MuxResult``, or an errno."""
    return MuxFrame(tag, {"MessageType": "Result", "Number": int(number)})


def swap_port(port: int) -> int:
    """A port as ``Connect`` carries it in ``PortNumber``, and back: the two bytes swapped.

    Raises:
        ValueError: it is not a 16-bit number.
    """
    if not 0 <= port <= 0xFFFF:
        raise ValueError(f"a port is 0 to 65535, not {port}")
    return (port & 0xFF) << 8 | port >> 8


class MuxDecoder(SizedDecoder[MuxFrame]):
    """Cuts one direction of a usbmuxd connection into frames."""

    frame_name = "a usbmux frame"
    header_bytes = _HEADER.size

    def _measure(self, header: bytes) -> int:
        size_bytes, version, message, _ = _HEADER.unpack(header)
        if (version, message) != (PLIST_VERSION, PLIST_MESSAGE):
            what = f"usbmux version {version} message {message}, expected {PLIST_VERSION} and {PLIST_MESSAGE}"
            raise WireError(what, offset=4, data=header)
        return check_size(
            size_bytes, least=_HEADER.size, most=MOST_FRAME_BYTES, header=header, what="a usbmux frame"
        )

    def _parse(self, frame: bytes) -> MuxFrame:
        return read_plist_frame(frame)


def read_plist_frame(frame: bytes) -> MuxFrame:
    """A frame of version 1 from all its bytes.

    Raises:
        WireError: its body is no property list with a dictionary at the root.
    """
    (_, _, _, tag) = _HEADER.unpack_from(frame)
    return MuxFrame(tag, parse_at(frame, _HEADER.size))
