"""The usbmuxd protocol before property lists: version 0, whose messages are fixed fields.

The header is that of ``usbmux.py`` with version 0; the message says what follows, all fields little-endian:

======= ===== ==================================================================================
message name  fields
======= ===== ==================================================================================
1       Result    u32 number
2       Connect   u32 device, u16 port with its bytes swapped, u16 0
3       Listen    none
4       Attached  u32 device, u16 product, 256 bytes of serial number ending in NULs, u16 0, u32 location
5       Detached  u32 device
6       Paired    u32 device
======= ===== ==================================================================================

``libusbmuxd`` 2.0.2 falls back to it when a property list is answered with ``BAD_VERSION``: seen by running
it. Of a phone it hears of in this way it leaves the type of the connection unset, in 2.1.1 too, and
``idevice_id``, which goes by that, dies of it or not; the phone's other fields it reads as they were sent.
Source: usbmuxd-proto.h of libusbmuxd; pymobiledevice3 usbmux.py, which reads and writes all but ``Paired``.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import astuple, dataclass
from typing import Any, ClassVar

from harness.errors import WireError
from harness.wire.framing import SizedDecoder, check_size
from harness.wire.usbmux import MOST_FRAME_BYTES, PLIST_MESSAGE, MuxFrame, read_plist_frame

BINARY_VERSION = 0
MOST_BODY_BYTES = 4096
"""The longest body known is 268 bytes; bytes behind the last field are left alone."""

_HEADER = struct.Struct("<IIII")
_SERIAL_BYTES = 256


@dataclass(frozen=True)
class BinaryMessage:
    """What a frame of version 0 says: base of all messages.

    A subclass gives its number on the wire and the layout of its fields.
    """

    number: ClassVar[int]
    layout: ClassVar[struct.Struct]

    def to_bytes(self) -> bytes:
        """The fields as they travel.

        Raises:
            struct.error: a number does not fit its field.
        """
        return self.layout.pack(*astuple(self))


@dataclass(frozen=True)
class BinaryResult(BinaryMessage):
    """Answer: a ``MuxResult``."""

    number = 1
    layout = struct.Struct("<I")
    result: int


@dataclass(frozen=True)
class BinaryConnect(BinaryMessage):
    """Join this connection to a port of a phone.

    Attributes:
        device_id: as ``BinaryAttached`` told it.
        swapped_port: see ``usbmux.swap_port``.
    """

    number = 2
    layout = struct.Struct("<IHxx")
    device_id: int
    swapped_port: int


@dataclass(frozen=True)
class BinaryListen(BinaryMessage):
    """Tell of every phone that is there, comes and goes."""

    number = 3
    layout = struct.Struct("")


@dataclass(frozen=True)
class BinaryAttached(BinaryMessage):
    """A phone is there.

    Attributes:
        device_id: number of this attachment.
        product_id: of the USB device.
        serial: UDID, at most 255 bytes of UTF-8.
        location: of the USB port.
    """

    number = 4
    layout = struct.Struct("<IH256sxxI")
    device_id: int
    product_id: int
    serial: str
    location: int

    def to_bytes(self) -> bytes:
        """The fields as they travel.

        Raises:
            ValueError: the serial number has no room for its NUL.
            struct.error: a number does not fit its field.
        """
        serial = self.serial.encode()
        if len(serial) >= _SERIAL_BYTES:
            raise ValueError(f"a serial number of {len(serial)} bytes, most is {_SERIAL_BYTES - 1}")
        return self.layout.pack(self.device_id, self.product_id, serial, self.location)


@dataclass(frozen=True)
class BinaryDetached(BinaryMessage):
    """A phone is gone."""

    number = 5
    layout = struct.Struct("<I")
    device_id: int


@dataclass(frozen=True)
class BinaryPaired(BinaryMessage):
    """A phone trusts this host."""

    number = 6
    layout = struct.Struct("<I")
    device_id: int


MESSAGES: Mapping[int, type[BinaryMessage]] = {
    kind.number: kind
    for kind in (BinaryResult, BinaryConnect, BinaryListen, BinaryAttached, BinaryDetached, BinaryPaired)
}
"""Number on the wire -> the message it is read as."""


@dataclass(frozen=True)
class BinaryFrame:
    """One frame of version 0.

    Attributes:
        tag: chosen by the client; 0 in messages the multiplexer sends of its own accord.
        message: what it says.
    """

    tag: int
    message: BinaryMessage

    def encode(self) -> bytes:
        """The frame's bytes; raises as the message's ``to_bytes`` does."""
        body = self.message.to_bytes()
        return _HEADER.pack(_HEADER.size + len(body), BINARY_VERSION, self.message.number, self.tag) + body

    def __str__(self) -> str:
        return f"usbmux v0 #{self.tag} {self.message}"


class EitherMuxDecoder(SizedDecoder[MuxFrame | BinaryFrame]):
    """Cuts one direction of a usbmuxd connection into frames of both versions."""

    frame_name = "a usbmux frame"
    header_bytes = _HEADER.size

    def _measure(self, header: bytes) -> int:
        size_bytes, version, message, _ = _HEADER.unpack(header)
        kind = MESSAGES.get(message)
        if version == BINARY_VERSION and kind is not None:
            least, most = _HEADER.size + kind.layout.size, _HEADER.size + MOST_BODY_BYTES
        elif (version, message) == (1, PLIST_MESSAGE):
            least, most = _HEADER.size, MOST_FRAME_BYTES
        else:
            raise WireError(f"usbmux version {version} message {message}", offset=4, data=header)
        return check_size(size_bytes, least=least, most=most, header=header, what="a usbmux frame")

    def _parse(self, frame: bytes) -> MuxFrame | BinaryFrame:
        _, version, message, tag = _HEADER.unpack_from(frame)
        if version != BINARY_VERSION:
            return read_plist_frame(frame)
        kind = MESSAGES[message]
        values: list[Any] = list(kind.layout.unpack_from(frame, _HEADER.size))
        if kind is BinaryAttached:
            values[2] = _serial(values[2], frame)
        return BinaryFrame(tag, kind(*values))


def _serial(raw: bytes, frame: bytes) -> str:
    text, end, _ = raw.partition(b"\0")
    at = _HEADER.size + 6
    if not end:
        raise WireError("a serial number without its NUL", offset=at, data=frame[at:])
    try:
        return text.decode()
    except UnicodeDecodeError as error:
        raise WireError("a serial number that is not UTF-8", offset=at + error.start, data=raw) from error
